package dev.lastcall.pipeline;

import dev.lastcall.config.AgentConfig;
import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.DrainReport;
import dev.lastcall.drain.NodeGateway;
import dev.lastcall.drain.NodeMarks;
import dev.lastcall.drain.run.DrainRun;
import dev.lastcall.health.Readiness;
import dev.lastcall.health.ReadinessInput;
import dev.lastcall.notice.Notice;
import dev.lastcall.notice.SourceHealth;
import dev.lastcall.notice.SourceStates;
import dev.lastcall.web.StateSection;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the notice and drain sides show of themselves: members of the state document, inputs of readiness. */
class StateSections {

    /** @param deadline null where none is known */
    record NoticeRow(
            String id, String kind, String source, @Nullable Instant deadline, Instant noticedAt) {}

    /** @param code of the last failure; null while up */
    record SourceRow(
            String source,
            boolean up,
            @Nullable Instant lastSuccess,
            @Nullable String code,
            String cause) {}

    /** @param inFlight requests at the last reading; null where the pod does not serve or was never read */
    record PodRow(
            String pod,
            @Nullable String engine,
            String stage,
            @Nullable Long inFlight,
            Instant forcePoint) {}

    /** The running drain, or the last one of this process. */
    record Drain(
            String id,
            String kind,
            String source,
            @Nullable Instant deadline,
            String phase,
            Instant startedAt,
            boolean cordonedByUs,
            boolean dryRun,
            List<PodRow> pods) {}

    private record Section(String name, int order, Supplier<@Nullable Object> source) implements StateSection {
        @Override
        public @Nullable Object value() {
            return source.get();
        }
    }

    @Produces
    @Singleton
    StateSection drain(DrainPipeline drains) {
        return new Section(
                "drain", 10, () -> drains.current().map(StateSections::drain).orElse(null));
    }

    @Produces
    @Singleton
    StateSection notices(NoticePolling notices) {
        return new Section(
                "notices",
                20,
                () -> notices.active().stream().map(StateSections::row).toList());
    }

    @Produces
    @Singleton
    StateSection sources(SourceStates states) {
        return new Section(
                "sources",
                25,
                () -> states.all().stream().map(StateSections::row).toList());
    }

    /** The last report: this process's own, else the one an earlier life left on the Node. */
    @Produces
    @Singleton
    StateSection lastReport(DrainPipeline drains, NodeGateway node) {
        return new Section(
                "lastReport",
                30,
                () -> drains.current()
                        .flatMap(DrainRun::report)
                        .map(DrainReport::toMap)
                        .or(() -> node.latest()
                                .flatMap(view ->
                                        DrainRecords.json(view.annotations().get(NodeMarks.REPORT))))
                        .orElse(null));
    }

    @Produces
    @Singleton
    StateSection gpus(GpuPictures pictures) {
        return new Section("gpus", 40, () -> pictures.latest().map(GpuRow::of).orElse(null));
    }

    @Produces
    @Singleton
    ReadinessInput noticeSources(SourceStates states, AgentConfig config, InstantSource clock) {
        Duration blindAfter = config.notice().blindAfter();
        return new Input("notice-sources", () -> {
            List<SourceHealth> blind = states.blind(clock.instant(), blindAfter);
            return blind.isEmpty()
                    ? Readiness.READY
                    : Readiness.notReady(blind.stream()
                            .map(source -> source.id().label() + " is blind: " + source.likelyCause())
                            .collect(Collectors.joining("; ")));
        });
    }

    private record Input(String name, Supplier<Readiness> source) implements ReadinessInput {
        @Override
        public Readiness readiness() {
            return source.get();
        }
    }

    private static Drain drain(DrainRun run) {
        DrainRecord record = run.record();
        return new Drain(
                record.id(),
                record.kind().label(),
                record.source(),
                record.deadline(),
                record.phase().label(),
                record.startedAt(),
                record.cordonedByUs(),
                record.dryRun(),
                run.status().stream()
                        .map(pod -> new PodRow(
                                pod.pod().toString(), pod.engine(), pod.stage(), pod.inFlight(), pod.forcePoint()))
                        .toList());
    }

    private static NoticeRow row(Notice notice) {
        return new NoticeRow(
                notice.id(), notice.kind().label(), notice.source(), notice.deadline(), notice.noticedAt());
    }

    private static SourceRow row(SourceHealth health) {
        return new SourceRow(
                health.id().label(), health.up(), health.lastSuccess(), health.code(), health.likelyCause());
    }
}
