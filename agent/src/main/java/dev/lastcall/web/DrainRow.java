package dev.lastcall.web;

import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.PodPlan;
import dev.lastcall.drain.PodRef;
import dev.lastcall.drain.PodStatus;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The running drain in the state document, or the last one of this process. */
public record DrainRow(
        String id,
        String kind,
        String source,
        @Nullable Instant deadline,
        String phase,
        Instant startedAt,
        boolean cordonedByUs,
        boolean dryRun,
        List<PodRow> pods,
        List<PlanRow> plan) {

    /**
     * @param inFlight requests at the last reading; null where the pod does not serve or was never read
     * @param history earlier readings, thinned out the longer the drain lasts; empty where there are none
     */
    public record PodRow(
            String pod,
            @Nullable String engine,
            String stage,
            @Nullable Long inFlight,
            Instant forcePoint,
            List<Reading> history) {}

    /** Requests in flight of a pod at one moment. */
    public record Reading(Instant at, long inFlight) {}

    /**
     * What is going to happen to a pod of the node, taken up or not.
     *
     * @param decision {@code leave}, {@code hold}, {@code keep}, {@code evict}, {@code leave-to-others}, {@code evict-last}
     * @param reason empty where the decision says it all
     * @param evictBy when its eviction is asked for at the latest; null for a pod that is not evicted
     * @param forceAt when a refused eviction becomes a deletion; null where it never does
     */
    public record PlanRow(
            String pod,
            String decision,
            String reason,
            @Nullable Instant evictBy,
            @Nullable Instant forceAt) {}

    /**
     * @param plan empty for a drain that is over
     * @param history of a pod
     */
    public static DrainRow of(
            DrainRecord record, List<PodStatus> pods, List<PodPlan> plan, Function<PodRef, List<Reading>> history) {
        return new DrainRow(
                record.id(),
                record.kind().label(),
                record.source(),
                record.deadline(),
                record.phase().label(),
                record.startedAt(),
                record.cordonedByUs(),
                record.dryRun(),
                pods.stream()
                        .map(pod -> new PodRow(
                                pod.pod().toString(),
                                pod.engine(),
                                pod.stage().label(),
                                pod.inFlight(),
                                pod.forcePoint(),
                                history.apply(pod.pod())))
                        .toList(),
                plan.stream()
                        .map(each -> new PlanRow(
                                each.pod().toString(),
                                each.decision().label(),
                                each.reason(),
                                each.evictBy(),
                                each.forceAt()))
                        .toList());
    }
}
