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
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the engine answers and counts while nobody ends it, compared with what a real vLLM 0.32 served. */
class VllmEngineServesTest {

    private static final String LABELS = "{engine=\"0\",model_name=\"tiny\"}";

    @Test
    void its_exposition_has_the_series_labels_and_buckets_of_vllm() throws Exception {
        try (VllmEngine engine = EngineProbe.start()) {
            assertThat(EngineProbe.plain(engine, 0.1).status()).isEqualTo(200);

            List<String> lines =
                    HttpCall.get(engine.address(), "/metrics").body().lines().toList();

            assertThat(lines)
                    .contains(
                            "# TYPE vllm:num_requests_running gauge",
                            "vllm:num_requests_running{engine=\"0\",model_name=\"tiny\"} 0.0",
                            "vllm:num_requests_waiting{engine=\"0\",model_name=\"tiny\"} 0.0",
                            "vllm:num_requests_waiting_by_reason{engine=\"0\",model_name=\"tiny\",reason=\"capacity\"} 0.0",
                            "vllm:num_requests_waiting_by_reason{engine=\"0\",model_name=\"tiny\",reason=\"deferred\"} 0.0",
                            "vllm:kv_cache_usage_perc{engine=\"0\",model_name=\"tiny\"} 0.0",
                            "# TYPE vllm:request_success_total counter",
                            "vllm:request_success_total{engine=\"0\",finished_reason=\"stop\",model_name=\"tiny\"} 0.0",
                            "vllm:request_success_total{engine=\"0\",finished_reason=\"length\",model_name=\"tiny\"} 1.0",
                            "vllm:request_success_total{engine=\"0\",finished_reason=\"abort\",model_name=\"tiny\"} 0.0",
                            "vllm:request_success_total{engine=\"0\",finished_reason=\"error\",model_name=\"tiny\"} 0.0",
                            "vllm:request_success_total{engine=\"0\",finished_reason=\"repetition\",model_name=\"tiny\"} 0.0",
                            "# TYPE vllm:e2e_request_latency_seconds histogram",
                            "vllm:e2e_request_latency_seconds_bucket{engine=\"0\",le=\"+Inf\",model_name=\"tiny\"} 1.0",
                            "vllm:e2e_request_latency_seconds_count{engine=\"0\",model_name=\"tiny\"} 1.0",
                            "vllm:admission_rejections_total{model_name=\"tiny\",reason=\"max_num_queued_reqs\"} 0.0",
                            "vllm:admission_rejections_total{model_name=\"tiny\",reason=\"max_num_queued_tokens\"} 0.0");
            assertThat(lines.stream()
                            .filter(line -> line.startsWith("vllm:e2e_request_latency_seconds_bucket"))
                            .map(line -> line.replaceAll(".*le=\"([^\"]+)\".*", "$1")))
                    .containsExactly(
                            "0.3", "0.5", "0.8", "1.0", "1.5", "2.0", "2.5", "5.0", "10.0", "15.0", "20.0", "30.0",
                            "40.0", "50.0", "60.0", "120.0", "240.0", "480.0", "960.0", "1920.0", "7680.0", "+Inf");
        }
    }

    @Test
    void the_small_endpoints_answer_as_vllm_does() throws Exception {
        try (VllmEngine engine = EngineProbe.start()) {
            assertThat(HttpCall.get(engine.address(), "/health")).isEqualTo(new HttpCall.Answer(200, ""));
            assertThat(HttpCall.get(engine.address(), "/ping").status()).isEqualTo(200);
            assertThat(HttpCall.get(engine.address(), "/version").body()).isEqualTo("{\"version\":\"0.32.0\"}");
            assertThat(HttpCall.get(engine.address(), "/load").body()).isEqualTo("{\"server_load\":0}");
            assertThat(HttpCall.get(engine.address(), "/v1/models").body()).contains("\"id\":\"tiny\"");
            assertThat(HttpCall.get(engine.address(), "/pause").status()).isEqualTo(404);
        }
    }

    @Test
    void more_than_max_num_seqs_wait_and_more_than_the_queue_holds_get_503() throws Exception {
        try (VllmEngine engine = EngineProbe.start("--max-num-seqs=2", "--max-num-queued-reqs=3");
                LoadClient load = LoadClient.start(
                        engine.address(),
                        LoadPlan.concurrency(5).lasting(Duration.ofSeconds(2)).atMost(5))) {
            await().until(() -> engine.running() == 2 && engine.waiting() == 3);

            assertThat(EngineProbe.plain(engine, 1).status()).isEqualTo(503);

            assertThat(EngineProbe.healthy(engine.address())).isTrue();
            assertThat(EngineProbe.value(engine, "vllm:num_requests_running" + LABELS))
                    .isEqualTo(2);
            assertThat(EngineProbe.value(engine, "vllm:num_requests_waiting" + LABELS))
                    .isEqualTo(3);
            assertThat(EngineProbe.value(engine, "vllm:kv_cache_usage_perc" + LABELS))
                    .isPositive();
            assertThat(EngineProbe.value(
                            engine,
                            "vllm:admission_rejections_total{model_name=\"tiny\",reason=\"max_num_queued_reqs\"}"))
                    .isEqualTo(1);
            Tally tally = load.await(Duration.ofSeconds(30));
            assertThat(tally.finished()).as(tally.summary()).isEqualTo(5);
        }
    }

    @Test
    void a_client_that_leaves_frees_its_place_and_is_counted_nowhere() throws Exception {
        try (VllmEngine engine = EngineProbe.start("--max-num-seqs", "2")) {
            Socket running = EngineProbe.stream(engine, 60);
            Socket plain =
                    HttpCall.open(engine.address(), "POST", "/v1/completions", EngineProbe.completion(false, 60));
            await().until(() -> engine.running() == 2);
            Socket waiting = EngineProbe.stream(engine, 60);
            await().until(() -> engine.waiting() == 1);

            waiting.close();
            running.close();
            plain.close();

            await().until(() -> engine.running() + engine.waiting() == 0);
            for (String reason : List.of("stop", "length", "abort", "error")) {
                assertThat(EngineProbe.value(engine, succeeded(reason)))
                        .as(reason)
                        .isZero();
            }
        }
    }

    @Test
    void a_stream_ends_with_its_reason_its_usage_and_done_in_this_order() throws Exception {
        try (VllmEngine engine = EngineProbe.start();
                Socket socket = EngineProbe.stream(engine, 0.3)) {
            String all = EngineProbe.rest(socket);

            assertThat(all).startsWith("HTTP/1.1 200 OK").contains("x-served-by: pod-a");
            assertThat(all.indexOf("\"finish_reason\":\"length\"")).isPositive();
            assertThat(all.indexOf("\"completion_tokens\":20")).isGreaterThan(all.indexOf("\"length\""));
            assertThat(all.indexOf("data: [DONE]")).isGreaterThan(all.indexOf("\"usage\""));
        }
    }

    @Test
    void the_model_may_end_early_with_stop_unless_ignore_eos_forbids_it() throws Exception {
        try (VllmEngine engine = EngineProbe.start("--lastcall-ttft-ms=0", "--lastcall-itl-ms=1")) {
            String stops = "{\"prompt\":\"x\",\"max_tokens\":20,\"lastcall_test_stop_after\":5%s}";

            String early = completion(engine, stops.formatted(""));
            String whole = completion(engine, stops.formatted(",\"ignore_eos\":true"));

            assertThat(early).contains("\"finish_reason\":\"stop\"", "\"completion_tokens\":5");
            assertThat(whole).contains("\"finish_reason\":\"length\"", "\"completion_tokens\":20");
        }
    }

    @Test
    void what_vllm_refuses_it_refuses_with_the_same_status() throws Exception {
        try (VllmEngine engine = EngineProbe.start()) {
            assertThat(status(engine, "{\"model\":\"other\",\"prompt\":\"x\"}")).isEqualTo(404);
            assertThat(status(engine, "{\"prompt\":\"x\",\"max_tokens\":0}")).isEqualTo(400);
            assertThat(status(engine, "{\"prompt\":\"x\",\"stream_options\":{\"include_usage\":true}}"))
                    .isEqualTo(400);
            assertThat(status(engine, "not json")).isEqualTo(400);
        }
    }

    @Test
    void hundreds_of_streams_run_side_by_side() throws Exception {
        try (VllmEngine engine = EngineProbe.start("--max-num-seqs=300");
                LoadClient load = LoadClient.start(
                        engine.address(),
                        LoadPlan.concurrency(300).lasting(Duration.ofSeconds(3)).atMost(300))) {
            await().until(() -> engine.running() == 300);

            Tally tally = load.await(Duration.ofSeconds(60));

            assertThat(tally.finished()).as(tally.summary()).isEqualTo(300);
            assertThat(EngineProbe.value(engine, succeeded("length"))).isEqualTo(300);
        }
    }

    private static String completion(VllmEngine engine, String json) throws IOException {
        return HttpCall.post(engine.address(), "/v1/completions", json).body();
    }

    private static int status(VllmEngine engine, String json) throws IOException {
        return HttpCall.post(engine.address(), "/v1/completions", json).status();
    }

    private static String succeeded(String reason) {
        return "vllm:request_success_total{engine=\"0\",finished_reason=\"" + reason + "\",model_name=\"tiny\"}";
    }
}
