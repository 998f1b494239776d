package dev.lastcall.drain;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One pod of a running drain, for the state page and the gauges.
 *
 * @param engine the serving engine; null for a pod that does not serve
 * @param forcePoint when it is evicted whatever it still does
 * @param inFlight requests running and waiting at the last reading; null where there is none
 * @param requests the count so far; null where the engine was never read
 */
public record PodStatus(
        PodRef pod,
        Workload workload,
        @Nullable String engine,
        PodStage stage,
        Instant forcePoint,
        @Nullable Long inFlight,
        @Nullable RequestCounts requests) {}
