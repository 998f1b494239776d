package dev.lastcall.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.lastcall.drain.DrainRecord.Baseline;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.RequestCounts;
import dev.lastcall.serving.rotation.KeepInRotation;
import dev.lastcall.support.drain.SamplePod;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Guards against an engine that is called idle too early, and against one whose silence holds up the drain.
 *
 * <p>Over 300 lines: all of it needs the same engine that answers as it is told, and each test is one thing that such an answer can be.
 */
class EngineWatchTest {

    /** What the engine does with the next request for its metrics. */
    private interface Turn {
        void take(HttpExchange exchange) throws IOException, InterruptedException;
    }

    private final EngineClient client = new EngineClient();
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger changes = new AtomicInteger();
    private final CountDownLatch over = new CountDownLatch(1);
    private final List<EngineWatch> watches = new ArrayList<>();
    private final List<HttpServer> others = new ArrayList<>();
    private volatile Turn turn = answer(2, 10);
    private volatile Optional<PodView> latest = Optional.empty();
    private volatile String version = "{\"version\":\"0.32.0\"}";
    private final HttpServer server;

    EngineWatchTest() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }

    @BeforeEach
    void start() {
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/metrics", exchange -> {
            asked.incrementAndGet();
            try (exchange) {
                turn.take(exchange);
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        });
        server.createContext("/version", exchange -> {
            try (exchange) {
                send(exchange, 200, version);
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        over.countDown();
        watches.forEach(EngineWatch::close);
        client.close();
        server.stop(0);
        others.forEach(other -> other.stop(0));
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private static String metrics(long running, long stopped) {
        return "vllm:num_requests_running{engine=\"0\"} " + running
                + ".0\nvllm:request_success_total{finished_reason=\"stop\"} " + stopped + ".0\n";
    }

    private static Turn answer(long running, long stopped) {
        return exchange -> send(exchange, 200, metrics(running, stopped));
    }

    private SamplePod pod() {
        return SamplePod.named("llm").port(server.getAddress().getPort());
    }

    private EngineWatch watch(PodView pod, Optional<Baseline> before, Duration pollEvery) {
        ServingSettings settings = new ServingSettings(
                LabelSelector.parse("lastcall.dev/engine"),
                Set.of(Withdrawals.Strategy.AUTO),
                Duration.ofSeconds(2),
                pollEvery,
                2,
                new KeepInRotation.Budget());
        EngineWatch watch = new EngineWatch(pod, () -> latest, before, client, settings, changes::incrementAndGet);
        watches.add(watch);
        return watch;
    }

    private EngineWatch watch() {
        return watch(pod().view(), Optional.empty(), Duration.ofMillis(20));
    }

    private void furtherReadings(int count) {
        int before = asked.get();
        await().until(() -> asked.get() >= before + count);
    }

    @Test
    void the_first_reading_is_the_baseline_and_tells_what_is_in_flight() {
        EngineWatch watch = watch();
        await().until(() -> watch.baseline().isPresent());
        assertThat(watch.baseline()).contains(new Baseline(2, 10, 0));
        assertThat(watch.inFlight()).contains(2L);
        assertThat(changes.get()).isPositive();
    }

    /** Guards the moment at which the last of a service leaves rotation: a real vLLM with twice the load had 32 requests cut. */
    @Test
    void how_long_requests_take_follows_the_load_of_the_notice() {
        turn = exchange -> send(exchange, 200, metrics(2, 20) + times(20, 20));
        EngineWatch watch = watch();
        await().until(() -> watch.requestTime().isPresent());
        assertThat(watch.requestTime().orElseThrow()).isLessThanOrEqualTo(Duration.ofSeconds(10));
        turn = exchange -> send(exchange, 200, metrics(2, 40) + times(20, 40));
        await().until(() -> watch.requestTime().orElseThrow().compareTo(Duration.ofSeconds(10)) > 0);
    }

    /** @param quick of all the requests so many took no longer than 10 s, the rest no longer than 30 s */
    private static String times(long quick, long all) {
        return "vllm:e2e_request_latency_seconds_bucket{le=\"10.0\"} " + quick
                + ".0\nvllm:e2e_request_latency_seconds_bucket{le=\"30.0\"} " + all
                + ".0\nvllm:e2e_request_latency_seconds_bucket{le=\"+Inf\"} " + all + ".0\n";
    }

    @Test
    void an_engine_is_idle_on_the_second_quiet_reading_after_the_routers_have_settled() {
        turn = answer(0, 10);
        EngineWatch watch = watch();
        furtherReadings(5);
        assertThat(watch.idle())
                .as("quiet before its routers have settled proves nothing")
                .isFalse();
        int before = asked.get();
        watch.startCountingIdleReads();
        await().until(watch::idle);
        assertThat(asked.get() - before).isGreaterThanOrEqualTo(2);
    }

    @Test
    void one_request_between_two_quiet_readings_begins_the_count_anew() {
        AtomicInteger readings = new AtomicInteger();
        turn = exchange -> send(exchange, 200, metrics(readings.incrementAndGet() % 2, 10));
        EngineWatch watch = watch();
        watch.startCountingIdleReads();
        furtherReadings(10);
        assertThat(watch.idle()).isFalse();
    }

    @Test
    void an_engine_that_does_not_answer_is_neither_idle_nor_counted() {
        turn = exchange -> send(exchange, 503, metrics(0, 10));
        EngineWatch watch = watch();
        watch.startCountingIdleReads();
        furtherReadings(5);
        assertThat(watch.idle()).isFalse();
        assertThat(watch.inFlight()).isEmpty();
        assertThat(watch.gone().read()).isFalse();
    }

    @Test
    void an_answer_that_stops_in_the_middle_holds_up_nothing() {
        turn = exchange -> {
            exchange.sendResponseHeaders(200, 10_000);
            exchange.getResponseBody().write("vllm:num_requests_running 0\n".getBytes(StandardCharsets.UTF_8));
            exchange.getResponseBody().flush();
            over.await();
        };
        EngineWatch watch = watch();
        await().until(() -> asked.get() > 0);
        Thread reading = Thread.ofVirtual().start(watch::readOnceMore);
        await().atMost(Duration.ofSeconds(10)).until(() -> !reading.isAlive());
        assertThat(watch.gone().read()).isFalse();
        furtherReadings(1);
    }

    @Test
    void a_reading_that_was_asked_for_earlier_is_not_counted_later() throws InterruptedException {
        CountDownLatch held = new CountDownLatch(1);
        AtomicInteger turns = new AtomicInteger();
        turn = exchange -> {
            if (turns.incrementAndGet() == 1) {
                held.await();
                send(exchange, 200, metrics(5, 10));
            } else {
                send(exchange, 200, metrics(1, 14));
            }
        };
        EngineWatch watch = watch(pod().view(), Optional.empty(), Duration.ofMinutes(1));
        await().until(() -> turns.get() == 1);
        watch.readOnceMore();
        assertThat(watch.inFlight()).contains(1L);
        int before = changes.get();
        held.countDown();
        watch.signalled();
        await().until(() -> changes.get() > before);
        assertThat(watch.tally().counts())
                .as("the late answer of 5 would have been counted as four arrivals, or four losses")
                .isEqualTo(new RequestCounts(1, 0, 0, 0, 0, 0));
    }

    @Test
    void after_the_signal_it_reads_on_quickly_and_what_is_left_at_the_end_is_lost() {
        EngineWatch watch = watch(pod().view(), Optional.empty(), Duration.ofMinutes(10));
        await().until(() -> watch.baseline().isPresent());
        watch.signalled();
        turn = answer(1, 11);
        furtherReadings(3);
        await().until(() -> watch.inFlight().equals(Optional.of(1L)));
        turn = exchange -> send(exchange, 500, "");
        furtherReadings(2);
        assertThat(watch.gone().counts()).isEqualTo(new RequestCounts(2, 0, 1, 0, 1, 0));
        assertThat(watch.gone().lastReadingAge()).isNotNull();
    }

    @Test
    void a_restarted_agent_counts_from_the_notice_on_not_from_its_own_start() {
        turn = answer(1, 14);
        EngineWatch watch = watch(pod().view(), Optional.of(new Baseline(3, 10, 0)), Duration.ofMillis(20));
        await().until(() -> watch.inFlight().equals(Optional.of(1L)));
        assertThat(watch.baseline()).contains(new Baseline(3, 10, 0));
        assertThat(watch.gone().counts()).isEqualTo(new RequestCounts(3, 2, 4, 0, 1, 0));
    }

    @Test
    void a_restarted_agent_that_never_got_a_reading_of_its_own_claims_no_age() {
        turn = exchange -> send(exchange, 503, "");
        EngineWatch watch = watch(pod().view(), Optional.of(new Baseline(3, 10, 0)), Duration.ofMillis(20));
        furtherReadings(2);
        watch.signalled();
        assertThat(watch.gone().counts()).isEqualTo(new RequestCounts(3, 0, 0, 0, 3, 0));
        assertThat(watch.gone().lastReadingAge()).isNull();
    }

    @Test
    void what_the_engine_can_finish_is_known_once_its_version_is_read() {
        EngineWatch old = watch(pod().command("--shutdown-timeout=20").view(), Optional.empty(), Duration.ofMillis(20));
        await().until(() -> old.finishTimeAfterSignal().equals(Duration.ofSeconds(20)));
        version = "{\"version\":\"0.17.1\"}";
        EngineWatch older =
                watch(pod().command("--shutdown-timeout=20").view(), Optional.empty(), Duration.ofMillis(20));
        furtherReadings(5);
        assertThat(older.finishTimeAfterSignal()).isZero();
    }

    /** A second engine of the same pod. */
    private HttpServer another(Supplier<String> page) throws IOException {
        HttpServer other = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        other.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        other.createContext("/metrics", exchange -> {
            try (exchange) {
                send(exchange, 200, page.get());
            }
        });
        other.start();
        others.add(other);
        return other;
    }

    private static int port(HttpServer of) {
        return of.getAddress().getPort();
    }

    @Test
    void port_and_path_of_the_metrics_are_the_pods_own_word() {
        server.createContext("/other", exchange -> {
            try (exchange) {
                send(exchange, 200, metrics(7, 0));
            }
        });
        EngineWatch watch = watch(
                SamplePod.named("llm")
                        .port(1)
                        .annotation(EngineEndpoints.PORT, String.valueOf(port(server)))
                        .annotation(EngineEndpoints.METRICS_PATH, "/other")
                        .view(),
                Optional.empty(),
                Duration.ofMillis(20));
        await().until(() -> watch.inFlight().equals(Optional.of(7L)));
    }

    @Test
    void a_pod_that_gets_its_address_late_is_read() {
        EngineWatch watch = watch(pod().withoutAddress().view(), Optional.empty(), Duration.ofMillis(20));
        await().until(() -> watch.findings().toString().contains("no address yet"));
        assertThat(asked.get()).isZero();
        latest = Optional.of(pod().view());
        await().until(() -> watch.inFlight().equals(Optional.of(2L)));
        assertThat(watch.findings()).isEmpty();
    }

    @Test
    void the_engines_of_one_pod_are_added_up_and_it_is_idle_only_when_all_are() throws IOException {
        AtomicLong second = new AtomicLong(3);
        HttpServer other = another(() -> metrics(second.get(), 10 - second.get()));
        turn = answer(0, 4);
        EngineWatch watch =
                watch(pod().port(port(server), port(other)).view(), Optional.empty(), Duration.ofMillis(20));
        watch.startCountingIdleReads();
        furtherReadings(6);
        assertThat(watch.inFlight()).contains(3L);
        assertThat(watch.idle())
                .as("the first engine is idle, the second is not")
                .isFalse();
        second.set(0);
        await().until(watch::idle);
        assertThat(watch.gone().counts()).isEqualTo(new RequestCounts(3, 0, 3, 0, 0, 0));
        assertThat(watch.findings()).isEmpty();
    }

    @Test
    void an_engine_that_the_pod_names_and_that_does_not_answer_keeps_the_pod_from_being_idle() throws IOException {
        HttpServer other = another(() -> "<html>");
        turn = answer(0, 4);
        EngineWatch watch = watch(
                pod().annotation(EngineEndpoints.PORT, port(server) + ", " + port(other))
                        .view(),
                Optional.empty(),
                Duration.ofMillis(20));
        watch.startCountingIdleReads();
        furtherReadings(6);
        assertThat(watch.idle()).isFalse();
        assertThat(watch.inFlight()).as("what can be read is counted").contains(0L);
        assertThat(watch.findings())
                .singleElement()
                .asString()
                .contains("not every engine", "port " + port(other), "no metric of vLLM");
    }

    @Test
    void a_declared_port_that_is_no_engine_stands_in_nobodys_way() throws IOException {
        HttpServer dashboard = another(() -> "up 1\n");
        turn = answer(0, 4);
        EngineWatch watch =
                watch(pod().port(1, port(dashboard), port(server)).view(), Optional.empty(), Duration.ofMillis(20));
        watch.startCountingIdleReads();
        await().until(watch::idle);
    }

    @Test
    void ranks_that_nothing_counts_are_a_finding_and_never_idle() {
        turn = answer(0, 4);
        EngineWatch watch = watch(
                pod().command(
                                "vllm",
                                "serve",
                                "m",
                                "--data-parallel-size=$(RANKS)",
                                "--data-parallel-multi-port-external-lb")
                        .view(),
                Optional.empty(),
                Duration.ofMillis(20));
        watch.startCountingIdleReads();
        furtherReadings(6);
        assertThat(watch.idle()).isFalse();
        assertThat(watch.findings()).singleElement().asString().contains("can't all be known", EngineEndpoints.PORT);
    }

    @Test
    void an_empty_page_is_no_reading_and_the_finding_names_its_usual_cause() {
        turn = exchange -> send(exchange, 200, " ");
        EngineWatch watch = watch();
        watch.startCountingIdleReads();
        furtherReadings(5);
        watch.signalled();
        assertThat(watch.idle()).isFalse();
        assertThat(watch.gone().read()).isFalse();
        assertThat(watch.findings()).singleElement().asString().contains("--disable-log-stats", "MULTIPROC");
    }

    @Test
    void gauges_that_stand_still_while_no_token_is_made_are_unknown_and_not_lost() {
        turn = exchange -> send(exchange, 200, metrics(2, 10) + "vllm:generation_tokens_total 500.0\n");
        EngineWatch watch = watch(pod().view(), Optional.empty(), Duration.ofMillis(5));
        furtherReadings(25);
        watch.signalled();
        assertThat(watch.gone().counts()).isEqualTo(new RequestCounts(2, 0, 0, 0, 0, 2));
        assertThat(watch.findings()).singleElement().asString().contains("made no token", "unknown");
    }

    @Test
    void requests_at_work_are_lost_with_their_engine_however_long_their_gauge_says_the_same() {
        AtomicInteger tokens = new AtomicInteger();
        turn = exchange ->
                send(exchange, 200, metrics(2, 10) + "vllm:generation_tokens_total " + tokens.incrementAndGet() + "\n");
        EngineWatch watch = watch(pod().view(), Optional.empty(), Duration.ofMillis(5));
        furtherReadings(25);
        watch.signalled();
        assertThat(watch.gone().counts()).isEqualTo(new RequestCounts(2, 0, 0, 0, 2, 0));
        assertThat(watch.findings()).isEmpty();
    }

    @Test
    void nonsense_for_a_port_or_a_path_holds_the_pod_and_is_named() {
        EngineWatch port =
                watch(pod().annotation(EngineEndpoints.PORT, "99999").view(), Optional.empty(), Duration.ofMillis(20));
        await().until(() -> port.inFlight().isPresent());
        assertThat(port.findings()).singleElement().asString().contains("lastcall.dev/port", "99999");
        EngineWatch path = watch(
                pod().annotation(EngineEndpoints.METRICS_PATH, "no path").view(),
                Optional.empty(),
                Duration.ofMillis(20));
        await().until(() -> path.findings().toString().contains("no URL"));
        assertThat(path.inFlight()).isEmpty();
    }

    @Test
    void a_defect_in_one_reading_is_told_and_the_next_one_is_made() {
        PodView fine = pod().view();
        AtomicInteger calls = new AtomicInteger();
        ServingSettings settings = new ServingSettings(
                LabelSelector.parse("lastcall.dev/engine"),
                Set.of(Withdrawals.Strategy.AUTO),
                Duration.ofSeconds(2),
                Duration.ofMillis(20),
                2,
                new KeepInRotation.Budget());
        EngineWatch watch = new EngineWatch(
                fine,
                () -> {
                    if (calls.incrementAndGet() == 1) {
                        throw new IllegalStateException("a defect");
                    }
                    return Optional.of(fine);
                },
                Optional.empty(),
                client,
                settings,
                changes::incrementAndGet);
        watches.add(watch);
        await().until(() -> watch.inFlight().equals(Optional.of(2L)));
        assertThat(watch.findings()).singleElement().asString().contains("a defect");
    }
}
