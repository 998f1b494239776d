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

    @Test
    void sglang_and_tgi_are_read_by_their_own_names() {
        assertThat(EngineMetrics.parse("""
                        sglang:num_running_reqs{model_name="m"} 2.0
                        sglang:num_running_reqs_offline_batch{model_name="m"} 50.0
                        sglang:num_queue_reqs{model_name="m"} 1.0
                        sglang:num_requests_total{model_name="m"} 40.0
                        sglang:num_aborted_requests_total{model_name="m"} 3.0
                        """)).contains(new EngineReading(3, 40, 3));
        assertThat(EngineMetrics.parse("tgi_batch_current_size 2\ntgi_queue_size 4\ntgi_request_success 9\n"))
                .contains(new EngineReading(6, 9, 0));
    }
}
