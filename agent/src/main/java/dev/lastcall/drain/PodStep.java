package dev.lastcall.drain;

import java.time.Duration;
import java.time.Instant;

/** The next thing to do about one pod, decided from values alone. */
public sealed interface PodStep {

    /** Ask for its eviction. */
    record Evict(Duration grace) implements PodStep {}

    /** Its eviction was refused, or not answered until the force point, and force is allowed: delete it. */
    record Delete(Duration grace) implements PodStep {}

    /** Nothing to do before then, unless something changes. */
    record Wait(Instant until) implements PodStep {}

    /**
     * Where one pod stands.
     *
     * @param released nothing holds it any more: idle, or never held, or its turn has come
     * @param ours false where another drainer has it and the notice is not final: it is never asked for
     * @param tries what was asked so far
     * @param mayForce a refusal may be overruled at the force point
     */
    record PodState(
            boolean released,
            boolean ours,
            EvictionTries tries,
            Instant forcePoint,
            boolean mayForce,
            Duration grace) {}

    /** A deletion always follows an eviction that was not granted: what would have been allowed is never overruled. */
    static PodStep next(PodState pod, Deadlines deadlines, Instant now) {
        EvictionTries tries = pod.tries();
        Instant force = pod.forcePoint();
        boolean forcing = !now.isBefore(force);
        if (!pod.released() && !forcing) {
            return new Wait(force);
        }
        if (!pod.ours()) {
            return new Wait(Instant.MAX);
        }
        if (forcing && pod.mayForce() && tries.denied(force)) {
            return now.isBefore(tries.nextDelete())
                    ? new Wait(tries.nextDelete())
                    : new Delete(deadlines.grace(pod.grace(), now));
        }
        // No pause that began before the force point reaches beyond it: there the pod is asked once more at least.
        boolean cutShort = tries.asked().isBefore(force) && force.isBefore(tries.nextTry());
        Instant due = cutShort ? force : tries.nextTry();
        return now.isBefore(due) ? new Wait(due) : new Evict(deadlines.grace(pod.grace(), now));
    }
}
