package dev.lastcall.drain;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The pods of this node. Steady state is one watch; every call is one request and never retries by itself. */
public interface PodGateway {

    /** All pods of this node as the watch last showed them, terminating ones included. */
    List<PodView> latest();

    /** The pod as the watch last showed it, by UID; empty when it is gone. Asked by each pod's thread at every change. */
    default Optional<PodView> latest(PodRef pod) {
        return latest().stream().filter(known -> known.ref().equals(pod)).findFirst();
    }

    /** False until the watch has shown the first complete set. */
    boolean synced();

    /** Whether this very pod (by UID) is gone, by a fresh GET; false when no answer came. */
    boolean gone(PodRef pod);

    /**
     * POST policy/v1 Eviction with a UID precondition and this grace (seconds, at least 1).
     *
     * @param patience how long the answer is waited for; there may be less of it, never more
     */
    EvictionAnswer evict(PodRef pod, Duration grace, Duration patience);

    /** DELETE with a UID precondition and this grace (seconds, at least 1: 0 would break at-most-one). Patience as for an eviction. */
    EvictionAnswer delete(PodRef pod, Duration grace, Duration patience);

    /** Merge-patches labels and annotations (empty value = remove), with a UID precondition. */
    PatchAnswer mark(PodRef pod, Map<String, Optional<String>> labels, Map<String, Optional<String>> annotations);

    /** Sets one condition in {@code status.conditions}, leaving all others alone. */
    PatchAnswer condition(PodRef pod, String type, boolean status, String reason, String message, Duration patience);
}
