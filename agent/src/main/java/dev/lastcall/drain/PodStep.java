package dev.lastcall.drain;

import java.time.Duration;
import java.time.Instant;

/** The next thing to do about one pod, decided from values alone. */
public sealed interface PodStep {

    /** Ask for its eviction. */
    record Evict(Duration grace) implements PodStep {}

    /** Its budget refused, its force point has come, and force is allowed: delete it. */
    record Delete(Duration grace) implements PodStep {}

    /** Nothing to do before then, unless something changes. */
    record Wait(Instant until) implements PodStep {}

    /**
     * Where one pod stands.
     *
     * @param released nothing holds it any more: idle, or never held, or its turn has come
     * @param accepted an eviction or deletion was accepted: only its going is awaited
     * @param refused evictions that a budget refused so far
     * @param nextTry before this moment no further eviction is asked for
     * @param nextDelete before this moment no further deletion is sent
     * @param mayForce the budget may be overruled at the force point
     */
    record Standing(
            boolean released,
            boolean accepted,
            int refused,
            Instant nextTry,
            Instant nextDelete,
            Instant forcePoint,
            boolean mayForce,
            Duration grace) {}

    /** A deletion is always preceded by a refused eviction: a budget that would have allowed it is never overruled. */
    public static PodStep next(Standing pod, Deadlines deadlines, Instant now) {
        if (pod.accepted()) {
            return new Wait(deadlines.deadline());
        }
        boolean forcing = !now.isBefore(pod.forcePoint());
        if (!pod.released() && !forcing) {
            return new Wait(pod.forcePoint());
        }
        boolean overrule = pod.mayForce() && pod.refused() > 0;
        if (forcing && overrule) {
            return now.isBefore(pod.nextDelete())
                    ? new Wait(pod.nextDelete())
                    : new Delete(deadlines.grace(pod.grace(), now));
        }
        if (now.isBefore(pod.nextTry())) {
            boolean forceFirst = overrule && pod.forcePoint().isBefore(pod.nextTry());
            return new Wait(forceFirst ? pod.forcePoint() : pod.nextTry());
        }
        return new Evict(deadlines.grace(pod.grace(), now));
    }
}
