package dev.lastcall.drain;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A pod on this node, reduced to what a drain decides by.
 *
 * @param phase {@code Pending}, {@code Running}, {@code Succeeded}, {@code Failed} or {@code Unknown}
 * @param controller kind and name of the controlling owner; null for a bare pod
 * @param mirror a static pod's shadow in the API, which nothing can evict
 * @param deletedAt the deletion timestamp; null while nobody has deleted it
 * @param grace the pod's own termination grace period
 * @param preStop what a preStop hook may take of the grace: the seconds of a {@code sleep}, else zero where unknown
 * @param ip the pod's address; null until it has one
 * @param ports the declared TCP ports of the container that serves, in order
 * @param command command and arguments of that container, in order
 * @param gates readiness gate condition types the pod declares
 * @param conditions condition type to status
 * @param loading its serving container has not been ready since it started last, or does not run at all
 */
public record PodView(
        PodRef ref,
        String phase,
        Map<String, String> labels,
        Map<String, String> annotations,
        @Nullable Controller controller,
        boolean mirror,
        @Nullable Instant deletedAt,
        Duration grace,
        Duration preStop,
        String priorityClass,
        @Nullable String ip,
        List<Integer> ports,
        List<String> command,
        List<String> gates,
        Map<String, String> conditions,
        List<Toleration> tolerations,
        boolean loading) {

    /** The controlling owner. */
    public record Controller(String kind, String name, String uid) {}

    /** A toleration; empty strings where the API leaves a field out. */
    public record Toleration(String key, String operator, String value, String effect) {}

    public boolean ownedBy(String kind) {
        return controller != null && controller.kind().equals(kind);
    }

    /** Pending, without an address, still loading or crash-looping: no request can be in flight in it. */
    public boolean neverServed() {
        return loading || ip == null || phase.equals("Pending");
    }

    /** Whether the scheduler would bind it to a node with this taint. */
    public boolean tolerates(Taint taint) {
        return tolerations.stream()
                .anyMatch(toleration -> (toleration.effect().isEmpty()
                                || toleration.effect().equals(taint.effect()))
                        && (toleration.operator().equals("Exists")
                                ? toleration.key().isEmpty() || toleration.key().equals(taint.key())
                                : toleration.key().equals(taint.key())
                                        && toleration.value().equals(taint.value())));
    }

    /** Succeeded or Failed: nothing runs any more. */
    public boolean finished() {
        return phase.equals("Succeeded") || phase.equals("Failed");
    }
}
