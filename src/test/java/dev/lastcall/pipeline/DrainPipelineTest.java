package dev.lastcall.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.config.AgentConfig;
import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.EvictionAnswer;
import dev.lastcall.drain.Refuser;
import dev.lastcall.metrics.DrainMeters;
import dev.lastcall.metrics.NoticeMeters;
import dev.lastcall.notice.Interruption;
import dev.lastcall.notice.NodeFacts;
import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeChange;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.notice.SourceHealth;
import dev.lastcall.notice.SourceStates;
import dev.lastcall.serving.EngineClient;
import dev.lastcall.serving.LabelSelector;
import dev.lastcall.serving.ServingCensus;
import dev.lastcall.serving.ServingPods;
import dev.lastcall.serving.ServingSettings;
import dev.lastcall.serving.Withdrawals;
import dev.lastcall.serving.replacement.Replacement;
import dev.lastcall.serving.rotation.KeepInRotation;
import dev.lastcall.serving.rotation.Neighbours;
import dev.lastcall.support.drain.FakeNode;
import dev.lastcall.support.drain.FakePods;
import dev.lastcall.support.drain.SamplePod;
import dev.lastcall.support.drain.Samples;
import dev.lastcall.web.InFlightHistory;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.SmallRyeConfigBuilder;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.NotificationOptions;
import jakarta.enterprise.util.TypeLiteral;
import java.lang.annotation.Annotation;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.eclipse.microprofile.reactive.messaging.Emitter;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which drain a change of the ledger ends in, where one is under way already. */
class DrainPipelineTest {

    private final FakeNode node = new FakeNode(Samples.node());
    private final FakePods pods = new FakePods();
    private final List<DrainEvent> told = new CopyOnWriteArrayList<>();
    private final EngineClient engines = new EngineClient();
    private volatile CountDownLatch held = new CountDownLatch(0);
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final DrainPipeline pipeline = pipeline();

    private DrainPipeline pipeline() {
        AgentConfig config = new SmallRyeConfigBuilder()
                .withMapping(AgentConfig.class)
                .withConverter(Duration.class, 100, new DurationConverter())
                .withDefaultValues(Map.of("lastcall.notice.provider", "none"))
                .build()
                .getConfigMapping(AgentConfig.class);
        DrainMeters meters = new DrainMeters(registry);
        ServingPods serving = new ServingPods(
                new ServingSettings(
                        LabelSelector.parse("lastcall.dev/engine"),
                        Set.of(Withdrawals.Strategy.AUTO),
                        Duration.ofMillis(100),
                        Duration.ofMillis(100),
                        2,
                        new KeepInRotation.Budget()),
                pods,
                engines,
                Neighbours.NONE,
                Replacement.ADMITTED);
        InstantSource clock = InstantSource.system();
        NoticePolling notices = new NoticePolling(
                config,
                clock,
                () -> CompletableFuture.completedFuture(NodeFacts.unknown()),
                new NoticeMeters(registry),
                new SourceStates(),
                new NobodyListens(),
                new Collected<NoticeChange>(change -> {}));
        return new DrainPipeline(
                config,
                node,
                pods,
                serving,
                Samples.marks(Samples.settings()),
                clock,
                meters,
                notices,
                new ServingCensus(node, pods, serving, meters),
                new InFlightHistory(),
                new Collected<>(this::tell));
    }

    private void tell(DrainEvent event) {
        told.add(event);
        try {
            held.await();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    @AfterEach
    void stop() throws InterruptedException {
        pods.latest().forEach(pods::remove);
        pipeline.current().ifPresent(drain -> drain.cancel("the test is over"));
        pipeline.stop(new ShutdownEvent());
        engines.close();
    }

    private static Notice notice(String id, NoticeKind kind, boolean dry) {
        Instant now = Instant.now();
        return new Notice(
                new Interruption(
                        id,
                        dry ? NoticeKind.SIMULATED : kind,
                        kind,
                        dry ? "simulate" : "aws-spot",
                        now.plusSeconds(60),
                        dry),
                now,
                System.nanoTime());
    }

    /** A pod whose budget never lets it go keeps a drain under way. */
    private void somethingToWaitFor() {
        SamplePod stubborn = SamplePod.named("stubborn");
        pods.add(stubborn.view());
        pods.refuse("stubborn", new EvictionAnswer.Refused(new Refuser.Budget("web"), "its budget", null));
    }

    private boolean isDraining(String id) {
        return pipeline.draining()
                && pipeline.current()
                        .filter(drain -> drain.notice().id().equals(id))
                        .isPresent();
    }

    @Test
    void a_notice_whose_take_over_is_refused_waits_for_what_runs_and_then_gets_a_drain_of_its_own() {
        // A dry run has written nothing, so there is nothing to take over. It is held where it tells of itself.
        held = new CountDownLatch(1);
        somethingToWaitFor();
        pipeline.hear(new NoticeChange.Began(notice("simulated", NoticeKind.SPOT, true)));
        await().until(() -> !told.isEmpty());
        pipeline.hear(new NoticeChange.Cancelled(notice("simulated", NoticeKind.SPOT, true), "a real notice"));
        pipeline.hear(new NoticeChange.Began(notice("real", NoticeKind.SPOT, false)));
        assertThat(isDraining("simulated")).isTrue();
        assertThat(node.sent()).isEmpty();
        held.countDown();
        await().atMost(Duration.ofSeconds(60)).until(() -> node.now().unschedulable());
        assertThat(isDraining("real")).isTrue();
        assertThat(told)
                .filteredOn(DrainEvent.Noticed.class::isInstance)
                .extracting(event -> ((DrainEvent.Noticed) event).notice().id())
                .containsExactly("simulated", "real");
    }

    @Test
    void a_notice_in_the_same_moment_as_a_cancel_is_not_lost_with_the_cancelled_drain() {
        somethingToWaitFor();
        Notice first = notice("first", NoticeKind.MAINTENANCE, false);
        pipeline.hear(new NoticeChange.Began(first));
        await().until(() -> node.now().unschedulable());
        pipeline.hear(new NoticeChange.Cancelled(first, "the source no longer names it"));
        pipeline.hear(new NoticeChange.Began(notice("second", NoticeKind.SPOT, false)));
        await().atMost(Duration.ofSeconds(60)).until(() -> isDraining("second"));
        await().until(() -> node.now().unschedulable());
    }

    @Test
    void a_more_certain_notice_takes_over_the_drain_that_runs_and_begins_none() {
        somethingToWaitFor();
        pipeline.hear(new NoticeChange.Began(notice("first", NoticeKind.MAINTENANCE, false)));
        await().until(() -> node.now().unschedulable());
        pipeline.hear(new NoticeChange.Began(notice("second", NoticeKind.SPOT, false)));
        await().until(() -> pipeline.current()
                .filter(drain -> drain.notice().kind() == NoticeKind.SPOT)
                .isPresent());
        assertThat(isDraining("first")).as("the drain keeps its id").isTrue();
        assertThat(told).filteredOn(DrainEvent.Noticed.class::isInstance).hasSize(1);
    }

    @Test
    void a_hint_that_comes_and_goes_in_a_drain_leaves_its_doomed_deadline_alone_and_cancels_nothing() {
        somethingToWaitFor();
        Notice spot = notice("first", NoticeKind.SPOT, false);
        pipeline.hear(new NoticeChange.Began(spot));
        await().until(() -> node.now().unschedulable());
        Notice hint = Notice.of("hint", NoticeKind.REBALANCE, "aws-rebalance", null, Instant.now(), 0);
        pipeline.hear(new NoticeChange.AtRisk(hint));
        pipeline.hear(new NoticeChange.Cancelled(hint, "the source no longer names it"));
        await().until(() -> told.stream().anyMatch(DrainEvent.HintGone.class::isInstance));
        assertThat(doomedDeadline())
                .isEqualTo(Objects.requireNonNull(spot.deadline()).toEpochMilli() / 1000.0);
        assertThat(told).noneMatch(DrainEvent.Cancelled.class::isInstance);
        assertThat(isDraining("first")).isTrue();
    }

    private double doomedDeadline() {
        return registry.scrape()
                .lines()
                .filter(line -> line.startsWith("lastcall_doomed_deadline_timestamp_seconds"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }

    /** An emitter that hands on what it is given. */
    private record Collected<T>(Consumer<T> into) implements Emitter<T> {
        @Override
        public CompletionStage<Void> send(T payload) {
            into.accept(payload);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public <M extends Message<? extends T>> void send(M message) {
            into.accept(message.getPayload());
        }

        @Override
        public void complete() {}

        @Override
        public void error(Exception failure) {}

        @Override
        public boolean isCancelled() {
            return false;
        }

        @Override
        public boolean hasRequests() {
            return true;
        }
    }

    /** A CDI event without observers. */
    private static final class NobodyListens implements Event<SourceHealth> {
        @Override
        public void fire(SourceHealth event) {}

        @Override
        public <U extends SourceHealth> CompletionStage<U> fireAsync(U event) {
            return CompletableFuture.completedFuture(event);
        }

        @Override
        public <U extends SourceHealth> CompletionStage<U> fireAsync(U event, NotificationOptions options) {
            return CompletableFuture.completedFuture(event);
        }

        @Override
        public Event<SourceHealth> select(Annotation... qualifiers) {
            return this;
        }

        @Override
        public <U extends SourceHealth> Event<U> select(Class<U> subtype, Annotation... qualifiers) {
            throw new UnsupportedOperationException();
        }

        @Override
        public <U extends SourceHealth> Event<U> select(TypeLiteral<U> subtype, Annotation... qualifiers) {
            throw new UnsupportedOperationException();
        }
    }
}
