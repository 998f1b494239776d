package dev.lastcall.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.lastcall.drain.DrainRecord.Baseline;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.RequestCounts;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Guards against an engine that is called idle too early, and against one whose silence holds up the drain. */
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
    private volatile Turn turn = answer(2, 10);
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
                2);
        EngineWatch watch = new EngineWatch(pod, before, client, settings, changes::incrementAndGet);
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

    @Test
    void an_engine_is_idle_on_the_second_quiet_reading_after_the_routers_have_settled() {
        turn = answer(0, 10);
        EngineWatch watch = watch();
        furtherReadings(5);
        assertThat(watch.idle())
                .as("quiet before its routers have settled proves nothing")
                .isFalse();
        int before = asked.get();
        watch.settled();
        await().until(watch::idle);
        assertThat(asked.get() - before).isGreaterThanOrEqualTo(2);
    }

    @Test
    void one_request_between_two_quiet_readings_begins_the_count_anew() {
        AtomicInteger readings = new AtomicInteger();
        turn = exchange -> send(exchange, 200, metrics(readings.incrementAndGet() % 2, 10));
        EngineWatch watch = watch();
        watch.settled();
        furtherReadings(10);
        assertThat(watch.idle()).isFalse();
    }

    @Test
    void an_engine_that_does_not_answer_is_neither_idle_nor_counted() {
        turn = exchange -> send(exchange, 503, metrics(0, 10));
        EngineWatch watch = watch();
        watch.settled();
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
        await().until(() -> old.use().equals(Duration.ofSeconds(20)));
        version = "{\"version\":\"0.17.1\"}";
        EngineWatch older =
                watch(pod().command("--shutdown-timeout=20").view(), Optional.empty(), Duration.ofMillis(20));
        furtherReadings(5);
        assertThat(older.use()).isZero();
    }

    @Test
    void port_and_path_of_the_metrics_are_the_pods_own_word() throws InterruptedException {
        server.createContext("/other", exchange -> {
            try (exchange) {
                send(exchange, 200, metrics(7, 0));
            }
        });
        PodView pod = SamplePod.named("llm")
                .port(1)
                .annotation(
                        EngineClient.PORT, String.valueOf(server.getAddress().getPort()))
                .annotation(EngineClient.METRICS_PATH, "/other")
                .view();
        assertThat(client.reading(pod, Duration.ofSeconds(5))).contains(new EngineReading(7, 0, 0));
    }

    @Test
    void a_pod_without_an_address_or_with_nonsense_for_one_is_no_reading() throws InterruptedException {
        assertThat(client.reading(pod().withoutAddress().view(), Duration.ofSeconds(5)))
                .isEmpty();
        assertThat(client.reading(pod().annotation(EngineClient.PORT, "99999").view(), Duration.ofSeconds(5)))
                .isEmpty();
        assertThat(client.reading(
                        pod().annotation(EngineClient.METRICS_PATH, "no path").view(), Duration.ofSeconds(5)))
                .isEmpty();
    }
}
