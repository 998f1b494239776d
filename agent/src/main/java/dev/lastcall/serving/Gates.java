package dev.lastcall.serving;

import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.PodGateway;
import dev.lastcall.drain.PodRef;
import dev.lastcall.drain.PodView;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The readiness gates of the serving pods, and the turns in which a pod is written to. A drain closes a gate, a cancel opens
 * it again, and the agent opens it at first sight: three hands that must not meet. Whatever concerns one pod is done in its
 * turn, and in that turn it is looked at again whether it is still to be done.
 */
final class Gates {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final PodGateway pods;
    private final Map<String, ReentrantLock> turns = new ConcurrentHashMap<>();
    /** UIDs of pods whose gate a drain has closed. */
    private final Set<String> closed = ConcurrentHashMap.newKeySet();
    /** UIDs of pods whose gate was opened: the watch may show them a few more times as they were before. */
    private final Set<String> opened = ConcurrentHashMap.newKeySet();

    Gates(PodGateway pods) {
        this.pods = pods;
    }

    /** Does this while nobody else writes to the pod. */
    <T> T inTurn(PodRef pod, Supplier<T> work) {
        ReentrantLock turn = turns.computeIfAbsent(pod.uid(), _ -> new ReentrantLock());
        turn.lock();
        try {
            return work.get();
        } finally {
            turn.unlock();
        }
    }

    /** In the pod's turn: takes it out. It counts as closed from now on, whatever the answer. */
    PatchAnswer close(PodView pod) {
        closed.add(pod.ref().uid());
        opened.remove(pod.ref().uid());
        return write(pod, false, "NodeInterrupted", "the node is being reclaimed");
    }

    /** In the pod's turn: lets it in again. */
    PatchAnswer open(PodView pod, String message) {
        PatchAnswer answer = write(pod, true, "InRotation", message);
        if (answer instanceof PatchAnswer.Done) {
            closed.remove(pod.ref().uid());
            opened.add(pod.ref().uid());
        }
        return answer;
    }

    /** Whether a drain has closed this pod's gate and nobody has opened it since. */
    boolean isClosed(PodView pod) {
        return closed.contains(pod.ref().uid());
    }

    /**
     * Opens the gate of every pod that declares one and has no answer yet: without this nothing gated would ever become
     * Ready. Pods already answered, either way, are left alone.
     *
     * @return whether none is left waiting
     */
    boolean admit(List<PodView> latest, BooleanSupplier still) {
        Set<String> here = latest.stream().map(pod -> pod.ref().uid()).collect(Collectors.toSet());
        opened.retainAll(here);
        closed.retainAll(here);
        turns.keySet().removeIf(uid -> !here.contains(uid));
        boolean all = true;
        for (PodView pod : latest) {
            if (waits(pod)) {
                boolean open = inTurn(pod.ref(), () -> {
                    if (isClosed(pod) || !still.getAsBoolean()) {
                        return true; // a drain has taken it out, or is about to: it waits for nothing of ours
                    }
                    return switch (open(pod, "first seen by the node's agent")) {
                        case PatchAnswer.Done _, PatchAnswer.Missing _ -> true;
                        case PatchAnswer.Conflict _, PatchAnswer.Refused _, PatchAnswer.Failed _ -> false;
                    };
                });
                all = all && open;
            }
        }
        return all;
    }

    private boolean waits(PodView pod) {
        return pod.gates().contains(Withdrawals.GATE)
                && !pod.conditions().containsKey(Withdrawals.GATE)
                && pod.deletedAt() == null
                && !pod.finished()
                && !opened.contains(pod.ref().uid());
    }

    private PatchAnswer write(PodView pod, boolean open, String reason, String message) {
        return pods.condition(pod.ref(), Withdrawals.GATE, open, reason, message, PATIENCE);
    }
}
