package dev.lastcall.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.config.AgentConfig;
import dev.lastcall.config.AgentConfig.NoticeConfig;
import dev.lastcall.metrics.NoticeMeters;
import dev.lastcall.notice.Due;
import dev.lastcall.notice.Interruption;
import dev.lastcall.notice.LedgerRules;
import dev.lastcall.notice.NodeFacts;
import dev.lastcall.notice.NodeSigns;
import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeChange;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.notice.Observation;
import dev.lastcall.notice.ResumedNotice;
import dev.lastcall.notice.Sighting;
import dev.lastcall.notice.SourceHealth;
import dev.lastcall.notice.SourceId;
import dev.lastcall.notice.SourceStates;
import dev.lastcall.notice.gcp.GcpValues;
import dev.lastcall.notice.watch.NoticeWatch;
import dev.lastcall.notice.watch.Ticks;
import dev.lastcall.support.metadata.FakeGcp;
import dev.lastcall.support.metadata.FakeImds;
import dev.lastcall.support.metadata.FakeMetadata;
import dev.lastcall.support.metadata.Reaction;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Sources, ledger, health and log together, against services on loopback.
 *
 * <p>A little over 300 lines: half of it is the services and what was heard, which every test uses.
 */
class NoticeWatchTest {

    private static final SplittableRandom RANDOM = new SplittableRandom(1);

    /** Time that never moves on. */
    private static final Ticks STILL = new LinkedBlockingQueue<Integer>()::take;

    private static final Duration BLIND_AFTER = Duration.ofSeconds(30);

    private volatile Duration ahead = Duration.ZERO;
    private final BlockingQueue<Integer> ticks = new LinkedBlockingQueue<>();
    private final Map<String, String> extra = new HashMap<>();
    private final AtomicBoolean gpus = new AtomicBoolean(true);
    private final FakeImds imds = new FakeImds();
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final SourceStates states = new SourceStates();
    private final List<NoticeChange> heard = new CopyOnWriteArrayList<>();
    private final List<SourceHealth> blind = new CopyOnWriteArrayList<>();
    private final NoticeWatch watch = new NoticeWatch(
            new LedgerRules(Duration.ofMinutes(10), false),
            BLIND_AFTER,
            () -> Instant.now().plus(ahead),
            ticks::take,
            new NoticeMeters(registry),
            states,
            new NoticeWatch.Outlet(heard::add, blind::add));

    @AfterEach
    void stop() throws IOException {
        watch.close();
        imds.close();
    }

    private Map<String, String> values(String provider) {
        Map<String, String> values = new HashMap<>(extra);
        values.put("lastcall.notice.provider", provider);
        values.put("lastcall.notice.aws.endpoint", imds.url());
        values.put("lastcall.notice.aws.poll-interval", "20ms");
        return values;
    }

    private void start(String provider, String providerId) {
        NodeFacts facts = new NodeFacts("node", providerId, "boot", gpus::get, null, Optional.empty());
        watch.start(facts, NoticeSourceBeans.of(config(values(provider)), facts, InstantSource.system()), RANDOM);
    }

    private static NoticeWatch watchInto(List<NoticeChange> heard) {
        return new NoticeWatch(
                new LedgerRules(Duration.ofMinutes(10), false),
                Duration.ofSeconds(30),
                InstantSource.system(),
                STILL,
                new NoticeMeters(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT)),
                new SourceStates(),
                new NoticeWatch.Outlet(heard::add, health -> {}));
    }

    private static NodeSigns signs(Map<String, String> annotations) {
        return new NodeSigns(Map.of(), annotations, List.of(), List.of());
    }

    static NoticeConfig config(Map<String, String> values) {
        return new SmallRyeConfigBuilder()
                .withMapping(AgentConfig.class)
                .withConverter(Duration.class, 100, new DurationConverter())
                .withDefaultValues(values)
                .build()
                .getConfigMapping(AgentConfig.class)
                .notice();
    }

    /** A counter that appears with its first 1 has no increase, and a node's first notice is often its last. */
    @Test
    void notices_are_counted_from_0_for_what_the_sources_can_send() {
        start("auto", "aws:///eu-west-1a/i-0abc");
        assertThat(scrape().lines().filter(line -> line.startsWith("lastcall_notices_total{")))
                .containsExactlyInAnyOrder(
                        "lastcall_notices_total{kind=\"gpu\",source=\"gpu\"} 0.0",
                        "lastcall_notices_total{kind=\"hibernate\",source=\"aws-spot\"} 0.0",
                        "lastcall_notices_total{kind=\"maintenance\",source=\"aws-events\"} 0.0",
                        "lastcall_notices_total{kind=\"node-mark\",source=\"node-marks\"} 0.0",
                        "lastcall_notices_total{kind=\"rebalance\",source=\"aws-rebalance\"} 0.0",
                        "lastcall_notices_total{kind=\"reboot\",source=\"aws-events\"} 0.0",
                        "lastcall_notices_total{kind=\"simulated\",source=\"simulate\"} 0.0",
                        "lastcall_notices_total{kind=\"spot\",source=\"aws-spot\"} 0.0",
                        "lastcall_notices_total{kind=\"terminate\",source=\"aws-asg\"} 0.0");
        imds.announce("terminate", Duration.ofSeconds(120));
        await().until(() -> scrape().contains("lastcall_notices_total{kind=\"spot\",source=\"aws-spot\"} 1.0"));
    }

    @Test
    void a_notice_reaches_the_channel_once_and_the_metrics_tell_the_same_story() {
        start("auto", "aws:///eu-west-1a/i-0abc");
        imds.announce("terminate", Duration.ofSeconds(120));
        await().until(() -> !heard.isEmpty());
        int polls = imds.service().requests(FakeImds.SPOT).size();
        await().until(() -> imds.service().requests(FakeImds.SPOT).size() > polls + 20);
        assertThat(heard).hasSize(1);
        assertThat(scrape())
                .contains("lastcall_notices_total{kind=\"spot\",source=\"aws-spot\"} 1.0")
                .contains("lastcall_notice_active{kind=\"spot\"} 1.0")
                .contains("lastcall_notice_active{kind=\"rebalance\"} 0.0")
                .contains("lastcall_notice_deadline_timestamp_seconds{kind=\"spot\"}")
                .contains("lastcall_notice_source_up{source=\"aws-spot\"} 1.0")
                .contains("lastcall_notice_source_last_success_timestamp_seconds{source=\"aws-rebalance\"}")
                .contains("lastcall_notice_to_cordon_seconds_bucket");
    }

    /**
     * Guards the node that stays cordoned for ever: a GPU was read before the own Node was known, the start forgot that
     * notice while its drain began all the same, and nobody was left to take it back.
     */
    @Test
    void what_is_offered_before_the_start_begins_a_drain_that_the_same_source_can_take_back() {
        Sighting gpu = new Sighting(
                "gpu-a", NoticeKind.GPU, NoticeKind.NODE_MARK, SourceId.GPU.label(), new Due.Unknown(), null, false);
        watch.offer(SourceId.GPU, new Observation.Seen(List.of(gpu), Duration.ZERO, System.nanoTime()));
        start("none", "");
        watch.offer(SourceId.GPU, new Observation.Nothing());
        watch.offer(SourceId.GPU, new Observation.Nothing());
        await().until(() -> heard.size() >= 2);
        assertThat(heard)
                .extracting(change -> change.getClass().getSimpleName())
                .containsExactly("Began", "Cancelled");
        assertThat(watch.held()).isEmpty();
    }

    @Test
    void without_selection_or_detection_no_request_leaves() {
        start("auto", "kind://docker/kind/worker");
        assertThat(states.all()).isEmpty();
        assertThat(imds.service().connections()).isZero();
    }

    @Test
    void a_source_is_down_at_its_first_failed_request_and_up_at_its_first_answer() {
        start("aws", "");
        await().until(() -> isUp(SourceId.AWS_SPOT));
        imds.service().next(FakeImds.SPOT, Reaction.status(503));
        await().until(() -> scrape().contains("errors_total{code=\"503\",source=\"aws-spot\"} 1.0"));
        await().until(() -> isUp(SourceId.AWS_SPOT));
        assertThat(isUp(SourceId.AWS_REBALANCE)).isTrue();
    }

    @Test
    void a_source_that_stays_down_is_reported_blind_once_with_its_cause() {
        imds.service().always(FakeImds.SPOT, Reaction.status(403));
        start("aws", "");
        await().until(() -> scrape().contains("errors_total{code=\"403\",source=\"aws-spot\"}"));
        ticks.add(1);
        await().until(ticks::isEmpty);
        assertThat(blind).isEmpty();
        ahead = BLIND_AFTER.plusSeconds(1);
        ticks.add(1);
        await().until(() -> !blind(SourceId.AWS_SPOT).isEmpty());
        ticks.add(1);
        await().until(ticks::isEmpty);
        assertThat(blind(SourceId.AWS_SPOT))
                .singleElement()
                .satisfies(health -> assertThat(health.likelyCause()).contains("switched off"));
    }

    @Test
    void four_identical_errors_with_answers_between_change_nothing() {
        // A peer counted such errors over its whole life and ended itself at the fourth.
        start("aws", "");
        for (int error = 1; error <= 4; error++) {
            imds.service().next(FakeImds.SPOT, Reaction.status(503));
            String series = "errors_total{code=\"503\",source=\"aws-spot\"} " + error + ".0";
            await().until(() -> scrape().contains(series));
            await().until(() -> isUp(SourceId.AWS_SPOT));
        }
        imds.announce("terminate", Duration.ofSeconds(120));
        await().until(() -> heard.size() == 1);
    }

    @Test
    void a_path_that_hangs_for_ever_delays_neither_the_spot_question_nor_the_others() {
        imds.service().always(FakeImds.EVENTS, new Reaction.Hang());
        start("aws", "");
        await().until(() -> imds.service().requests(FakeImds.EVENTS).size() == 1);
        // Told by the order of arrival: every one of these came while that question was still unanswered.
        await().until(() -> !betweenTwo(FakeImds.EVENTS, FakeImds.SPOT).isEmpty());
        assertThat(betweenTwo(FakeImds.EVENTS, FakeImds.SPOT)).hasSizeGreaterThan(5);
        assertThat(betweenTwo(FakeImds.EVENTS, FakeImds.ASG)).hasSizeGreaterThan(5);
        imds.announce("terminate", Duration.ofSeconds(120));
        await().until(() -> heard.size() == 1);
        assertThat(isUp(SourceId.AWS_EVENTS)).isFalse();
        assertThat(isUp(SourceId.AWS_SPOT)).isTrue();
    }

    /** Requests for one path between the first two for another; empty until there are two. */
    private List<FakeMetadata.Request> betweenTwo(String path, String other) {
        List<FakeMetadata.Request> all = imds.service().requests();
        List<FakeMetadata.Request> marks =
                all.stream().filter(request -> request.path().equals(path)).toList();
        return marks.size() < 2
                ? List.of()
                : all.subList(all.indexOf(marks.get(0)), all.indexOf(marks.get(1))).stream()
                        .filter(request -> request.path().equals(other))
                        .toList();
    }

    @Test
    void a_reader_of_changes_that_fails_loses_nothing_that_comes_after() {
        List<NoticeChange> taken = new CopyOnWriteArrayList<>();
        NoticeWatch other = new NoticeWatch(
                new LedgerRules(Duration.ofMinutes(10), false),
                Duration.ofSeconds(30),
                InstantSource.system(),
                STILL,
                new NoticeMeters(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT)),
                new SourceStates(),
                new NoticeWatch.Outlet(
                        change -> {
                            taken.add(change);
                            throw new IllegalStateException("a reader's mistake");
                        },
                        health -> {}));
        try (other) {
            NoticeConfig config = config(Map.of(
                    "lastcall.notice.provider", "aws",
                    "lastcall.notice.aws.endpoint", imds.url(),
                    "lastcall.notice.aws.poll-interval", "20ms"));
            imds.service().always(FakeImds.REBALANCE, Reaction.ok("{\"noticeTime\":\"2026-10-16T19:18:24Z\"}"));
            other.start(
                    NodeFacts.unknown(),
                    NoticeSourceBeans.of(config, NodeFacts.unknown(), InstantSource.system()),
                    new SplittableRandom(1));
            await().until(() -> taken.size() == 1);
            imds.announce("terminate", Duration.ofSeconds(120));
            await().until(() -> taken.size() == 2);
        }
    }

    @Test
    void a_game_day_begins_with_its_annotation_and_is_cancelled_by_removing_it() {
        start("none", "");
        watch.nodeChanged(signs(Map.of("lastcall.dev/simulate", "spot,120s")));
        await().until(() -> heard.size() == 1);
        assertThat(heard.getFirst()).isInstanceOf(NoticeChange.Began.class);
        assertThat(heard.getFirst().notice().kind()).isEqualTo(NoticeKind.SIMULATED);
        // The watch tells of the removal once; the second reading that a cancel needs is taken without it.
        watch.nodeChanged(signs(Map.of()));
        ticks.add(1);
        await().until(() -> heard.size() == 2);
        assertThat(heard.getLast()).isInstanceOf(NoticeChange.Cancelled.class);
        assertThat(imds.service().connections()).isZero();
    }

    @Test
    void what_stood_on_the_node_before_the_start_is_read_at_the_start() {
        watch.nodeChanged(signs(Map.of("lastcall.dev/simulate", "spot,120s-dry")));
        assertThat(heard).isEmpty();
        start("none", "");
        await().until(() -> heard.size() == 1);
        assertThat(heard.getFirst().notice().dryRun()).isTrue();
    }

    @Test
    void a_mark_on_the_node_is_a_notice_with_its_window() {
        extra.put("lastcall.notice.node-marks", "condition:PreemptScheduled@30s");
        start("none", "");
        watch.nodeChanged(new NodeSigns(
                Map.of(), Map.of(), List.of(), List.of(new NodeSigns.Condition("PreemptScheduled", "True"))));
        await().until(() -> heard.size() == 1);
        Notice notice = heard.getFirst().notice();
        assertThat(notice.kind()).isEqualTo(NoticeKind.NODE_MARK);
        assertThat(notice.window()).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void a_notice_known_before_a_restart_does_not_begin_again() {
        Instant at = imds.announce("terminate", Duration.ofSeconds(120));
        start("aws", "");
        await().until(() -> heard.size() == 1);
        Notice notice = heard.getFirst().notice();
        heard.clear();
        ResumedNotice resumed = new ResumedNotice(
                new Interruption(notice.id(), notice.kind(), notice.kind(), notice.source(), at, false),
                notice.noticedAt(),
                "boot",
                false);
        try (NoticeWatch next = watchInto(heard)) {
            NodeFacts facts = new NodeFacts("node", "", "boot", () -> true, null, Optional.of(resumed));
            next.start(facts, NoticeSourceBeans.of(config(values("aws")), facts, InstantSource.system()), RANDOM);
            watch.close();
            int polls = imds.service().requests(FakeImds.SPOT).size();
            await().until(() -> imds.service().requests(FakeImds.SPOT).size() > polls + 10);
            assertThat(heard).isEmpty();
            assertThat(next.active()).extracting(Notice::id).containsExactly(notice.id());
        }
    }

    @Test
    void a_gcp_node_is_asked_for_upcoming_maintenance_from_the_moment_its_gpus_are_known() throws IOException {
        try (FakeGcp gcp = new FakeGcp()) {
            extra.put("lastcall.notice.gcp.endpoint", gcp.url());
            gpus.set(false);
            start("gcp", "gce://project/zone/name");
            await().until(() -> isUp(SourceId.GCP_PREEMPTED));
            assertThat(gcp.service().requests(GcpValues.UPCOMING)).isEmpty();
            assertThat(states.all()).extracting(SourceHealth::id).doesNotContain(SourceId.GCP_UPCOMING);
            gpus.set(true);
            ticks.add(1);
            await().until(() -> isUp(SourceId.GCP_UPCOMING));
        }
    }

    @Test
    void a_source_whose_reader_has_ended_is_blind_although_its_last_reading_was_good() {
        SourceStates told = new SourceStates();
        Instant at = Instant.parse("2026-10-01T00:00:00Z");
        told.starting(SourceId.AWS_SPOT, at, Duration.ofSeconds(1));
        var _ = told.record(SourceId.AWS_SPOT, new Observation.Nothing(), at);
        assertThat(told.blind(at.plusSeconds(30), Duration.ofSeconds(30))).isEmpty();
        assertThat(told.blind(at.plusSeconds(31), Duration.ofSeconds(30))).hasSize(1);
        told.starting(SourceId.AWS_SPOT, at, Duration.ofSeconds(30));
        assertThat(told.blind(at.plusSeconds(31), Duration.ofSeconds(30)))
                .as("asked every 30 s, it cannot have answered sooner")
                .isEmpty();
    }

    @Test
    void no_token_is_logged_at_any_level() {
        List<String> logged = new CopyOnWriteArrayList<>();
        Logger root = Logger.getLogger("");
        Level before = root.getLevel();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                logged.add(line.getMessage() + " " + Arrays.toString(line.getParameters()) + " " + line.getThrown());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        handler.setLevel(Level.ALL);
        root.addHandler(handler);
        root.setLevel(Level.ALL);
        try {
            start("aws", "");
            await().until(() -> isUp(SourceId.AWS_SPOT));
            imds.service().next(FakeImds.SPOT, Reaction.status(401), Reaction.status(401), Reaction.status(503));
            await().until(() -> scrape().contains("errors_total{code=\"503\",source=\"aws-spot\"} 1.0"));
            imds.announce("terminate", Duration.ofSeconds(120));
            await().until(() -> !heard.isEmpty());
            watch.close();
        } finally {
            root.setLevel(before);
            root.removeHandler(handler);
        }
        assertThat(logged).isNotEmpty().noneMatch(line -> line.contains("secret-token"));
    }

    @Test
    void stopping_ends_every_request_even_one_that_hangs() {
        imds.service().always(FakeImds.SPOT, new Reaction.Hang());
        start("aws", "");
        await().until(() -> !imds.service().requests(FakeImds.SPOT).isEmpty());
        watch.close();
        // What was sent before may still arrive; after that there is silence.
        AtomicInteger known = new AtomicInteger();
        await().during(Duration.ofMillis(200))
                .until(() -> known.getAndSet(imds.service().count())
                        == imds.service().count());
    }

    private List<SourceHealth> blind(SourceId id) {
        return blind.stream().filter(health -> health.id() == id).toList();
    }

    /** This registry writes a comma after the last label. */
    private String scrape() {
        return registry.scrape().replace(",}", "}");
    }

    private boolean isUp(SourceId id) {
        return states.all().stream().anyMatch(health -> health.id() == id && health.up());
    }
}
