package dev.lastcall.drain;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a drain is going to do with one pod, as far as it can be said now. It changes with the deadline and with what is
 * learnt of the engine.
 *
 * @param decision what happens to it
 * @param reason why, in words; empty where the decision says it all
 * @param evictBy when its eviction is asked for at the latest; null for a pod that is not evicted
 * @param forceAt when a refused eviction becomes a deletion; null where it never does
 */
public record PodPlan(
        PodRef pod,
        Decision decision,
        String reason,
        @Nullable Instant evictBy,
        @Nullable Instant forceAt) {

    /** What happens to a pod. */
    public enum Decision {
        /** Left alone. */
        LEAVE,
        /** Taken out of its routers and evicted when it is idle. */
        HOLD,
        /** Taken out of its routers and not evicted. */
        KEEP,
        /** Evicted at once. */
        EVICT,
        /** Evicted when another drainer has not done so by then. */
        LEAVE_TO_OTHERS,
        /** Evicted when all others have gone. */
        EVICT_LAST;

        /** In lower case, for example {@code leave-to-others}. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /**
     * What the drain goes by, for every pod alike.
     *
     * @param company another drainer that has a mark on the node
     * @param mayForce a refusal is overruled at the force point
     */
    public record Terms(Deadlines deadlines, Instant now, Optional<String> company, boolean mayForce) {}

    /** @param finishTime what its engine can still finish after a termination signal; the grace of a pod that does not serve */
    public static PodPlan of(PodView pod, PodVerdict verdict, Duration finishTime, Terms terms) {
        Instant force = terms.deadlines().forcePoint(finishTime);
        return switch (verdict) {
            case PodVerdict.Skip skip -> stays(pod, Decision.LEAVE, skip.reason());
            case PodVerdict.Keep keep -> stays(pod, Decision.KEEP, keep.reason());
            case PodVerdict.Hold hold ->
                goes(
                        pod,
                        Decision.HOLD,
                        hold.group().isEmpty() ? "" : "a worker of the group " + hold.group(),
                        force,
                        force,
                        terms);
            case PodVerdict.Release _ -> goes(pod, Decision.EVICT, "it has never served", terms.now(), force, terms);
            case PodVerdict.Evict _ ->
                terms.company()
                        .map(other -> goes(
                                pod, Decision.LEAVE_TO_OTHERS, other + " is at work on this node", force, force, terms))
                        .orElseGet(() -> goes(pod, Decision.EVICT, "", terms.now(), force, terms));
            case PodVerdict.Last _ -> goes(pod, Decision.EVICT_LAST, "it is critical", force, force, terms);
        };
    }

    private static PodPlan stays(PodView pod, Decision decision, String reason) {
        return new PodPlan(pod.ref(), decision, reason, null, null);
    }

    private static PodPlan goes(
            PodView pod, Decision decision, String reason, Instant evictBy, Instant force, Terms terms) {
        return new PodPlan(pod.ref(), decision, reason, evictBy, terms.mayForce() ? force : null);
    }

    /** For a person, as a dry run tells it. */
    public String sentence() {
        String why = reason.isEmpty() ? "" : ": " + reason;
        return switch (decision) {
            case LEAVE -> "would leave " + pod + why;
            case HOLD -> "would withdraw " + pod + " and hold it until idle, at the longest until " + evictBy + why;
            case KEEP -> "would withdraw " + pod + " and not evict it" + why;
            case EVICT -> "would evict " + pod + " at once" + why;
            case LEAVE_TO_OTHERS -> "would leave " + pod + " to others until " + evictBy + why;
            case EVICT_LAST -> "would evict " + pod + " last" + why;
        };
    }
}
