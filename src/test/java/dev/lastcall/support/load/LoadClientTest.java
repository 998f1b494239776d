package dev.lastcall.support.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.support.engine.EngineOptions;
import dev.lastcall.support.engine.VllmEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Every way a request can end must be told apart: a client that takes silence for success hides what a drain loses. */
class LoadClientTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Test
    void a_request_with_reason_usage_and_done_is_finished() throws Exception {
        try (VllmEngine engine = engine()) {
            LoadPlan plan = LoadPlan.concurrency(2)
                    .lasting(Duration.ofMillis(300))
                    .plainShare(0.5)
                    .atMost(8);

            Tally tally = LoadClient.start(engine.address(), plan).await(PATIENCE);

            assertThat(tally.finished()).as(tally.summary()).isEqualTo(8);
            assertThat(tally.records()).extracting(RequestRecord::stream).contains(true, false);
            assertThat(tally.records()).allSatisfy(record -> {
                assertThat(record.outcome()).isEqualTo(new Outcome.Finished("length", 6));
                assertThat(record.pod()).isEqualTo("pod-a");
                assertThat(record.bytes()).isPositive();
                assertThat(Duration.between(record.start(), record.end())).isGreaterThanOrEqualTo(record.asked());
            });
        }
    }

    @Test
    void finish_reason_abort_is_aborted_though_the_status_is_200() throws Exception {
        try (VllmEngine engine = engine("--lastcall-abort-on-sigterm")) {
            LoadClient load = twoLong(engine);

            engine.terminate();

            assertThat(load.await(PATIENCE).aborted()).isEqualTo(2);
        }
    }

    @Test
    void an_error_object_is_errored_though_done_follows_and_so_is_a_late_500() throws Exception {
        try (VllmEngine engine = engine("--lastcall-group-death-ms", "1200")) {
            LoadClient load = twoLong(engine);

            engine.terminateGroup();

            Tally tally = load.await(PATIENCE);
            assertThat(tally.errored()).as(tally.records().toString()).isEqualTo(2);
        }
    }

    @Test
    void a_connection_closed_in_the_middle_is_cut_and_so_is_silence_and_what_the_end_of_the_run_finds_open()
            throws Exception {
        try (VllmEngine killed = engine();
                VllmEngine silent = engine();
                VllmEngine slow = engine()) {
            LoadClient fin = twoLong(killed);
            LoadClient silence = LoadClient.start(
                    silent.address(),
                    LoadPlan.concurrency(2)
                            .lasting(LONG)
                            .silence(Duration.ofSeconds(1))
                            .atMost(2));
            await().until(() -> silent.running() == 2);
            LoadClient ended = twoLong(slow);

            killed.kill();
            silent.terminate();
            ended.close();

            assertCut(fin.await(PATIENCE), Outcome.How.FIN);
            assertCut(silence.await(PATIENCE), Outcome.How.SILENCE);
            assertCut(ended.await(PATIENCE), Outcome.How.RUN_ENDED);
        }
    }

    @Test
    void a_reset_is_cut_too() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
            LoadClient load = LoadClient.start(
                    new InetSocketAddress("127.0.0.1", server.getLocalPort()),
                    LoadPlan.concurrency(1).lasting(LONG).atMost(1));
            try (Socket socket = server.accept()) {
                assertThat(socket.getInputStream().read()).isPositive();
                socket.getOutputStream().write("HTTP/1.1 200 OK\r\nx-served-by: p\r\n\r\ndata: {}\n".getBytes());
                await().until(() -> load.tally().atInstant(Instant.now()).containsKey("p"));
                socket.setSoLinger(true, 0);
            }

            assertCut(load.await(PATIENCE), Outcome.How.RESET, 1);
        }
    }

    @Test
    void a_refused_connection_an_error_status_and_a_close_before_any_byte_are_rejected_and_not_lost() throws Exception {
        InetSocketAddress nobody;
        try (VllmEngine gone = engine()) {
            nobody = gone.address();
        }
        try (VllmEngine full = engine("--max-num-seqs", "1", "--max-num-queued-reqs", "0");
                ServerSocket closing = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
            LoadClient occupant = LoadClient.start(
                    full.address(), LoadPlan.concurrency(1).lasting(LONG).atMost(1));
            await().until(() -> full.running() == 1);
            Thread.ofVirtual().start(() -> closeFirst(closing));

            List<Tally> tallies = List.of(
                    one(nobody), one(full.address()), one(new InetSocketAddress("127.0.0.1", closing.getLocalPort())));

            assertThat(tallies).allSatisfy(tally -> {
                assertThat(tally.rejected()).as(tally.summary()).isEqualTo(1);
                assertThat(tally.lost()).isEmpty();
            });
            occupant.close();
        }
    }

    @Test
    void the_tally_knows_what_each_pod_had_in_flight_at_an_instant() throws Exception {
        try (VllmEngine engine = engine()) {
            LoadClient load = LoadClient.start(
                    engine.address(),
                    LoadPlan.concurrency(3).lasting(Duration.ofSeconds(1)).atMost(3));
            await().until(() -> engine.running() == 3
                    && load.tally().where(r -> r.pod() != null).open() == 3);
            Instant during = Instant.now();

            assertThat(load.tally().atInstant(during)).isEqualTo(Map.of("pod-a", 3L));
            Tally tally = load.await(PATIENCE);
            assertThat(tally.atInstant(during)).isEqualTo(Map.of("pod-a", 3L));
            assertThat(tally.atInstant(Instant.now())).isEmpty();
        }
    }

    @Test
    void a_lost_request_counts_against_a_deadline_only_if_it_was_due_before_it() {
        Instant start = Instant.parse("2026-11-25T12:00:00Z");
        RequestRecord lost = new RequestRecord(
                1,
                true,
                Duration.ofSeconds(10),
                start,
                start,
                start.plusSeconds(5),
                "pod-a",
                10,
                new Outcome.Cut(Outcome.How.FIN));
        Tally tally = new Tally(List.of(lost), List.of());

        assertThat(tally.lostThoughDueBy(start.plusSeconds(10))).containsExactly(lost);
        assertThat(tally.lostThoughDueBy(start.plusSeconds(9))).isEmpty();
    }

    @Test
    void the_same_seed_asks_for_the_same_durations() {
        LoadPlan plan = LoadPlan.rate(5).lasting(Duration.ofSeconds(1), Duration.ofSeconds(9));

        assertThat(plan.seed(7).duration(3)).isEqualTo(plan.seed(7).duration(3));
        assertThat(plan.seed(7).duration(3)).isNotEqualTo(plan.seed(8).duration(3));
        assertThat(plan.duration(1)).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(9));
    }

    @Test
    void arrivals_at_a_rate_do_not_wait_for_answers_and_stop_when_told() throws Exception {
        try (VllmEngine engine = engine()) {
            LoadClient load =
                    LoadClient.start(engine.address(), LoadPlan.rate(50).lasting(Duration.ofSeconds(2)));
            await().until(() -> load.inFlight() >= 10);

            load.stopArrivals();

            Tally tally = load.await(PATIENCE);
            assertThat(tally.finished()).as(tally.summary()).isGreaterThanOrEqualTo(10);
            assertThat(tally.lost()).isEmpty();
        }
    }

    private static VllmEngine engine(String... flags) throws IOException {
        return VllmEngine.start(InetAddress.getByName("127.0.0.1"), 0, EngineOptions.tiny(flags), "pod-a");
    }

    /** One stream and one plain request of a minute, both running. */
    private static LoadClient twoLong(VllmEngine engine) {
        LoadPlan plan = LoadPlan.concurrency(2).lasting(LONG).plainShare(0.5).atMost(2);
        while (plan.streams(1) == plan.streams(2)) {
            plan = plan.seed(plan.seed() + 1);
        }
        LoadClient load = LoadClient.start(engine.address(), plan);
        await().until(() -> engine.running() == 2);
        return load;
    }

    private static Tally one(InetSocketAddress target) throws Exception {
        return LoadClient.start(target, LoadPlan.concurrency(1).lasting(LONG).atMost(1))
                .await(PATIENCE);
    }

    private static void closeFirst(ServerSocket server) {
        try (Socket socket = server.accept()) {
            assertThat(socket.getInputStream().read()).isPositive();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void assertCut(Tally tally, Outcome.How how) {
        assertCut(tally, how, 2);
    }

    private static void assertCut(Tally tally, Outcome.How how, int times) {
        assertThat(tally.records())
                .as(tally.summary())
                .hasSize(times)
                .allMatch(r -> r.outcome().equals(new Outcome.Cut(how)));
    }
}
