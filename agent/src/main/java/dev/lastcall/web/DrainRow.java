package dev.lastcall.web;

import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.PodStatus;
import java.time.Instant;
import java.util.List;
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
        List<PodRow> pods) {

    /** @param inFlight requests at the last reading; null where the pod does not serve or was never read */
    public record PodRow(
            String pod,
            @Nullable String engine,
            String stage,
            @Nullable Long inFlight,
            Instant forcePoint) {}

    public static DrainRow of(DrainRecord record, List<PodStatus> pods) {
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
                                pod.forcePoint()))
                        .toList());
    }
}
