package dev.lastcall.support.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.support.http.HttpCall;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.load.Tally;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** One test per way a real vLLM 0.32 was seen to end; without the silence a test of a drain proves nothing. */
class VllmEngineOnSigtermTest {

    private static final int SILENCE_MILLIS = 700;

    @Test
    void by_default_open_requests_get_neither_a_byte_nor_a_fin_until_sigkill_closes_them_with_a_bare_fin()
            throws Exception {
        try (VllmEngine engine = EngineProbe.start();
                Socket stream = EngineProbe.stream(engine, 60);
                Socket plain =
                        HttpCall.open(engine.address(), "POST", "/v1/completions", EngineProbe.completion(false, 60))) {
            await().until(() -> engine.running() == 2);

            engine.terminate();

            assertThat(EngineProbe.staysSilent(stream, SILENCE_MILLIS)).isTrue();
            assertThat(EngineProbe.staysSilent(plain, SILENCE_MILLIS)).isTrue();
            assertThat(engine.exited()).isNotDone();
            engine.kill();
            assertThat(EngineProbe.rest(stream)).isEmpty();
            assertThat(EngineProbe.rest(plain)).isEmpty();
            assertThat(engine.exited()).isCompletedWithValue(137);
        }
    }

    @Test
    void by_default_the_port_answers_a_moment_longer_with_500_and_then_refuses() throws Exception {
        try (VllmEngine engine = EngineProbe.start("--lastcall-refuse-ms", "1500");
                Socket stream = EngineProbe.stream(engine, 60)) {
            await().until(() -> engine.running() == 1);

            engine.terminate();

            assertThat(EngineProbe.plain(engine, 1).status()).isEqualTo(500);
            assertThat(EngineProbe.healthy(engine.address())).isTrue();
            await().until(() -> EngineProbe.refuses(engine.address()));
            assertThat(stream.isClosed()).isFalse();
        }
    }

    @Test
    void by_default_a_second_sigterm_does_nothing_and_the_process_stays_until_its_clients_leave() throws Exception {
        try (VllmEngine engine = EngineProbe.start("--lastcall-refuse-ms", "150")) {
            try (Socket stream = EngineProbe.stream(engine, 60)) {
                await().until(() -> engine.running() == 1);
                engine.terminate();
                await().until(() -> EngineProbe.refuses(engine.address()));

                engine.terminate();

                // Past the 1.7 s that an idle one takes.
                assertThat(EngineProbe.staysSilent(stream, 2500)).isTrue();
                assertThat(engine.exited()).isNotDone();
            }
            assertThat(engine.exited().get(10, TimeUnit.SECONDS)).isZero();
        }
    }

    @Test
    void an_idle_engine_exits_by_itself() throws Exception {
        try (VllmEngine byDefault = EngineProbe.start();
                VllmEngine patient = EngineProbe.start("--shutdown-timeout", "30", "--lastcall-exit-ms", "100")) {
            byDefault.terminate();
            patient.terminate();

            assertThat(byDefault.exited().get(20, TimeUnit.SECONDS)).isZero();
            assertThat(patient.exited().get(20, TimeUnit.SECONDS)).isZero();
        }
    }

    @Test
    void with_a_shutdown_timeout_that_suffices_everything_finishes_and_nothing_shows_outside() throws Exception {
        try (VllmEngine engine = EngineProbe.start("--shutdown-timeout", "30", "--lastcall-exit-ms", "4000");
                LoadClient load = LoadClient.start(
                        engine.address(),
                        LoadPlan.concurrency(6)
                                .lasting(Duration.ofSeconds(2), Duration.ofSeconds(3))
                                .plainShare(0.3)
                                .atMost(6))) {
            await().until(() -> engine.running() == 6);

            engine.terminate();

            HttpCall.Answer late = EngineProbe.plain(engine, 1);
            assertThat(late.status()).isEqualTo(500);
            assertThat(late.body()).contains("cannot schedule new futures after shutdown");
            assertThat(EngineProbe.healthy(engine.address())).isTrue();
            assertThat(running(engine)).isEqualTo(6);
            Tally tally = load.await(Duration.ofSeconds(30));
            assertThat(tally.finished()).as(tally.summary()).isEqualTo(6);
            assertThat(EngineProbe.healthy(engine.address())).isTrue();
            assertThat(engine.exited().get(20, TimeUnit.SECONDS)).isZero();
            assertThat(EngineProbe.refuses(engine.address())).isTrue();
        }
    }

    @Test
    void with_a_shutdown_timeout_that_is_too_short_what_is_left_hangs_as_without_one() throws Exception {
        try (VllmEngine engine = EngineProbe.start("--shutdown-timeout", "2");
                Socket long1 = EngineProbe.stream(engine, 60);
                Socket short1 = EngineProbe.stream(engine, 0.5)) {
            await().until(() -> engine.running() == 2);

            engine.terminate();

            assertThat(EngineProbe.rest(short1)).contains("\"finish_reason\":\"length\"", "[DONE]");
            await().until(() -> EngineProbe.refuses(engine.address()));
            assertThat(EngineProbe.staysSilent(long1, SILENCE_MILLIS)).isTrue();
            assertThat(engine.exited()).isNotDone();
            engine.kill();
            assertThat(EngineProbe.rest(long1)).isEmpty();
        }
    }

    @Test
    void waiting_requests_are_started_and_finished_during_the_drain() throws Exception {
        try (VllmEngine engine = EngineProbe.start("--shutdown-timeout", "30", "--max-num-seqs", "1");
                LoadClient load = LoadClient.start(
                        engine.address(),
                        LoadPlan.concurrency(3).lasting(Duration.ofSeconds(1)).atMost(3))) {
            await().until(() -> engine.running() == 1 && engine.waiting() == 2);

            engine.terminate();

            Tally tally = load.await(Duration.ofSeconds(30));
            assertThat(tally.finished()).as(tally.summary()).isEqualTo(3);
        }
    }

    @Test
    void sigterm_to_the_whole_process_group_ends_streams_with_an_error_and_done_and_plain_requests_with_500()
            throws Exception {
        try (VllmEngine engine = EngineProbe.start("--shutdown-timeout", "30", "--lastcall-group-death-ms", "1000");
                Socket stream = EngineProbe.stream(engine, 60);
                Socket plain =
                        HttpCall.open(engine.address(), "POST", "/v1/completions", EngineProbe.completion(false, 60))) {
            await().until(() -> engine.running() == 2);

            engine.terminateGroup();

            String streamed = EngineProbe.rest(stream);
            assertThat(streamed).startsWith("HTTP/1.1 200").contains("data: {\"error\":{", "\"code\":500");
            assertThat(streamed.indexOf("[DONE]")).isGreaterThan(streamed.indexOf("\"error\""));
            assertThat(streamed).doesNotContain("\"finish_reason\":\"");
            assertThat(EngineProbe.rest(plain)).startsWith("HTTP/1.1 500");
            assertThat(engine.exited().get(20, TimeUnit.SECONDS)).isZero();
        }
    }

    @Test
    void an_engine_that_aborts_says_so_with_status_200_and_counts_it() throws Exception {
        try (VllmEngine engine = EngineProbe.start("--lastcall-abort-on-sigterm", "--lastcall-refuse-ms", "5000");
                LoadClient load = LoadClient.start(
                        engine.address(),
                        LoadPlan.concurrency(2).lasting(Duration.ofSeconds(60)).atMost(2))) {
            await().until(() -> engine.running() == 2);

            engine.terminate();

            Tally tally = load.await(Duration.ofSeconds(20));
            assertThat(tally.aborted()).as(tally.summary()).isEqualTo(2);
            assertThat(EngineProbe.value(engine, succeeded("abort"))).isEqualTo(2);
        }
    }

    private static double running(VllmEngine engine) throws IOException {
        return EngineProbe.value(engine, "vllm:num_requests_running{engine=\"0\",model_name=\"tiny\"}");
    }

    private static String succeeded(String reason) {
        return "vllm:request_success_total{engine=\"0\",finished_reason=\"" + reason + "\",model_name=\"tiny\"}";
    }
}
