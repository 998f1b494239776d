package dev.lastcall.serving;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Guards against an engine that looks idle because its text was misread. */
class EngineMetricsTest {

    /** As a vLLM 0.32.0 served it. */
    private static final String VLLM = """
            # HELP vllm:num_requests_running Number of requests in model execution batches.
            # TYPE vllm:num_requests_running gauge
            vllm:num_requests_running{engine="0",model_name="tiny"} 3.0
            vllm:num_requests_waiting{engine="0",model_name="tiny"} 2.0
            vllm:num_requests_waiting_by_reason{engine="0",model_name="tiny",reason="capacity"} 2.0
            vllm:num_requests_waiting_by_reason{engine="0",model_name="tiny",reason="deferred"} 9.0
            vllm:kv_cache_usage_perc{engine="0",model_name="tiny"} 0.00036623
            vllm:request_success_total{engine="0",finished_reason="stop",model_name="tiny"} 4.0
            vllm:request_success_total{engine="0",finished_reason="length",model_name="tiny"} 6.0
            vllm:request_success_total{engine="0",finished_reason="abort",model_name="tiny"} 1.0
            vllm:request_success_total{engine="0",finished_reason="error",model_name="tiny"} 2.0
            vllm:request_success_total{engine="0",finished_reason="repetition",model_name="tiny"} 5.0
            vllm:request_success_created{engine="0",finished_reason="stop",model_name="tiny"} 1.7640612e+09
            vllm:e2e_request_latency_seconds_bucket{engine="0",le="0.3",model_name="tiny"} 11.0
            vllm:e2e_request_latency_seconds_count{engine="0",model_name="tiny"} 18.0
            vllm:admission_rejections_total{model_name="tiny",reason="max_num_queued_reqs"} 2.0
            """;

    @Test
    void vllm_is_read_by_its_gauges_and_its_ends() {
        assertThat(EngineMetrics.parse(VLLM)).contains(new EngineReading(5, 15, 3));
    }

    @Test
    void the_engines_of_a_data_parallel_server_are_added_up() {
        String two = VLLM + VLLM.replace("engine=\"0\"", "engine=\"1\"");
        assertThat(EngineMetrics.parse(two)).contains(new EngineReading(10, 30, 6));
    }

    @Test
    void a_model_name_with_braces_and_spaces_does_not_confuse_the_value() {
        String odd = VLLM.replace("tiny", "a {b} c}");
        assertThat(EngineMetrics.parse(odd)).contains(new EngineReading(5, 15, 3));
    }

    @Test
    void a_sample_with_a_time_stamp_or_without_labels_is_read_too() {
        assertThat(EngineMetrics.parse("vllm:num_requests_running 4.0 1764061200000\nvllm:num_requests_waiting\t1"))
                .contains(new EngineReading(5, 0, 0));
        assertThat(EngineMetrics.parse("vllm:num_requests_running{engine=\"0\"} 4 1764061200000\r\n"))
                .contains(new EngineReading(4, 0, 0));
    }

    @Test
    void garbage_between_the_lines_is_passed_over() {
        String text = "<html>\n\n}{ 7\n" + VLLM + "\0\0\nvllm:num_requests_runningX 100\n";
        assertThat(EngineMetrics.parse(text)).contains(new EngineReading(5, 15, 3));
    }

    @Test
    void a_count_that_is_no_number_is_no_reading_rather_than_an_idle_engine() {
        for (String broken : new String[] {"NaN", "+Inf", "three", ""}) {
            assertThat(EngineMetrics.parse("vllm:num_requests_running{engine=\"0\"} " + broken + "\n"))
                    .as(broken)
                    .isEmpty();
        }
    }

    @Test
    void a_help_line_without_a_sample_is_no_reading() {
        assertThat(EngineMetrics.parse("# TYPE vllm:num_requests_running gauge\n"))
                .isEmpty();
        assertThat(EngineMetrics.parse("")).isEmpty();
        assertThat(EngineMetrics.parse("up 1\n")).isEmpty();
    }

    private static EngineReading sglang(long inFlight, long finished, long clientsLeft) {
        return new EngineReading(inFlight, finished, 0, clientsLeft, EngineReading.UNREADABLE, true, true);
    }

    @Test
    void sglang_and_tgi_are_read_by_their_own_names() {
        for (String prefix : new String[] {"sglang:", "sglang_"}) {
            assertThat(EngineMetrics.parse("""
                            sglang:num_running_reqs{model_name="m"} 2.0
                            sglang:num_running_reqs_offline_batch{model_name="m"} 50.0
                            sglang:num_queue_reqs{model_name="m"} 1.0
                            sglang:num_requests_total{model_name="m"} 40.0
                            sglang:num_aborted_requests_total{model_name="m"} 3.0
                            """.replace("sglang:", prefix))).contains(sglang(3, 40, 3));
        }
        assertThat(EngineMetrics.parse("""
                        tgi_batch_current_size 2
                        tgi_queue_size 4
                        tgi_request_success 9
                        tgi_request_failure{err="overloaded"} 70
                        tgi_request_failure{err="generation"} 1
                        tgi_batch_inference_count{method="decode"} 55
                        """)).contains(new EngineReading(6, 9, 1, 0, 55, true, false));
    }

    @Test
    void vllm_under_ray_is_read_and_a_counter_with_two_spellings_counts_once() {
        String ray = """
                ray_vllm_num_requests_running{WorkerId="a",engine="0"} 1
                ray_vllm_num_requests_running{WorkerId="b",engine="0"} 2
                ray_vllm_num_requests_waiting{WorkerId="a",engine="0"} 4
                ray_vllm_request_success{WorkerId="a",finished_reason="stop"} 6
                ray_vllm_request_success_total{WorkerId="a",finished_reason="stop"} 6
                ray_vllm_request_success_total{WorkerId="a",finished_reason="abort"} 1
                """;
        assertThat(EngineMetrics.parse(ray)).contains(new EngineReading(7, 6, 1));
        assertThat(EngineMetrics.parse(ray.replace("ray_vllm_", "ray_vllm:"))).contains(new EngineReading(7, 6, 1));
    }

    @Test
    void the_queues_of_a_disaggregated_server_are_work() {
        assertThat(EngineMetrics.parse("""
                        sglang:num_running_reqs{engine_type="prefill"} 0.0
                        sglang:num_queue_reqs{engine_type="prefill"} 0.0
                        sglang:num_grammar_queue_reqs{engine_type="prefill"} 64.0
                        sglang:num_prefill_inflight_queue_reqs{engine_type="prefill"} 4.0
                        sglang:num_prefill_prealloc_queue_reqs{engine_type="prefill"} 1.0
                        sglang:num_prefill_bootstrap_queue_reqs{engine_type="prefill"} 2.0
                        sglang:num_decode_transfer_queue_reqs{engine_type="decode"} 8.0
                        sglang:num_decode_prealloc_queue_reqs{engine_type="decode"} 16.0
                        """).map(EngineReading::inFlight)).contains(95L);
    }

    @Test
    void ranks_that_share_their_requests_count_once_and_ranks_that_split_them_are_added_up() {
        StringBuilder page = new StringBuilder();
        for (int dp = 0; dp < 4; dp++) {
            for (int tp = 0; tp < 8; tp++) {
                page.append(
                        "sglang:num_running_reqs{dp_rank=\"%d\",model_name=\"m\",pp_rank=\"0\",tp_rank=\"%d\"} %d.0%n"
                                .formatted(dp, tp, Math.max(0, 2 - dp)));
            }
        }
        page.append("sglang:num_requests_total{model_name=\"m\"} 10.0\n");
        assertThat(EngineMetrics.parse(page.toString())).contains(sglang(3, 10, 0));
        assertThat(EngineMetrics.parse("""
                        sglang:num_running_reqs{attn_cp_rank="0"} 2
                        sglang:num_running_reqs{attn_cp_rank="1"} 1
                        """))
                .as("a rank that lags behind hides no request")
                .contains(sglang(2, 0, 0));
    }

    @Test
    void the_breakdown_of_a_total_by_priority_is_not_added_to_it() {
        assertThat(EngineMetrics.parse("""
                        sglang:num_queue_reqs{priority=""} 3
                        sglang:num_queue_reqs{priority="1"} 2
                        sglang:num_queue_reqs{priority="5"} 1
                        """)).contains(sglang(3, 0, 0));
    }

    @Test
    void a_number_at_the_edge_costs_itself_only() {
        for (String odd : new String[] {"NaN", "1e300", "-1", "+Inf", "x"}) {
            String waiting = VLLM.replaceAll("(?m)^(vllm:num_requests_waiting\\{.*) .*$", "$1 " + odd);
            EngineReading one = EngineMetrics.parse(waiting).orElseThrow();
            assertThat(one.inFlight()).as(odd).isEqualTo(3);
            assertThat(one.whole())
                    .as("with one gauge missing, zero would prove nothing")
                    .isFalse();
            assertThat(one.finished()).isEqualTo(15);

            String stopped = VLLM.replace(
                    "finished_reason=\"stop\",model_name=\"tiny\"} 4.0", "finished_reason=\"stop\"} " + odd);
            EngineReading two = EngineMetrics.parse(stopped).orElseThrow();
            assertThat(two).isEqualTo(new EngineReading(5, EngineReading.UNREADABLE, 3));
        }
    }

    @Test
    void a_page_that_says_nothing_says_why() {
        assertThat(EngineMetrics.silence("\n")).contains("empty", "--disable-log-stats");
        assertThat(EngineMetrics.silence("# TYPE vllm:num_requests_running gauge\n"))
                .contains("no sample", "--disable-log-stats");
        assertThat(EngineMetrics.silence("up 1\n")).contains("lastcall.dev/port");
        assertThat(EngineMetrics.silence("vllm:cache_config_info 1\n")).contains("no readable number");
    }
}
