package dev.lastcall.pipeline;

import dev.lastcall.config.AgentConfig;
import dev.lastcall.drain.DrainRecords;
import dev.lastcall.drain.DrainReport;
import dev.lastcall.drain.NodeGateway;
import dev.lastcall.drain.NodeMarks;
import dev.lastcall.drain.run.DrainRun;
import dev.lastcall.health.Readiness;
import dev.lastcall.health.ReadinessInput;
import dev.lastcall.notice.SourceHealth;
import dev.lastcall.notice.SourceStates;
import dev.lastcall.web.DrainRow;
import dev.lastcall.web.GpuRow;
import dev.lastcall.web.InFlightHistory;
import dev.lastcall.web.NoticeRow;
import dev.lastcall.web.RecentDrains;
import dev.lastcall.web.SourceRow;
import dev.lastcall.web.StateSection;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the notice and drain sides show of themselves: members of the state document, inputs of readiness. */
class StateSections {

    private record Section(String name, int order, Supplier<@Nullable Object> source) implements StateSection {
        @Override
        public @Nullable Object value() {
            return source.get();
        }
    }

    @Produces
    @Singleton
    StateSection drain(DrainPipeline drains, InFlightHistory history) {
        return new Section(
                "drain",
                10,
                () -> drains.current().map(run -> drain(run, history)).orElse(null));
    }

    @Produces
    @Singleton
    StateSection notices(NoticePolling notices) {
        return new Section(
                "notices",
                20,
                () -> notices.active().stream().map(NoticeRow::of).toList());
    }

    @Produces
    @Singleton
    StateSection sources(SourceStates states) {
        return new Section(
                "sources", 25, () -> states.all().stream().map(SourceRow::of).toList());
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
    StateSection recentDrains(RecentDrains recent, NodeGateway node) {
        return new Section(
                "recentDrains",
                35,
                () -> recent.with(node.latest()
                        .flatMap(view -> DrainRecords.json(view.annotations().get(NodeMarks.REPORT)))));
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

    private static DrainRow drain(DrainRun run, InFlightHistory history) {
        boolean over = run.report().isPresent() && !run.notice().dryRun();
        return DrainRow.of(run.record(), run.status().pods(), over ? List.of() : run.plan(), history::of);
    }
}
