package dev.lastcall.serving.findings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class GeneratedTokensTest {

    @Test
    void prompts_do_not_count_and_models_are_added_up() {
        assertThat(GeneratedTokens.total(List.of("""
                vllm:prompt_tokens_total{engine="0",model_name="a"} 9000.0
                vllm:generation_tokens_total{engine="0",model_name="a"} 100.0
                vllm:generation_tokens_total{engine="1",model_name="a"} 20.0
                """, """
                ray_vllm_generation_tokens_total{model_name="a"} 3
                """))).isEqualTo(123);
    }

    /** Its other counter moves at the end of a request only. */
    @Test
    void of_sglang_the_live_counter_counts_without_its_prompts() {
        assertThat(GeneratedTokens.total(List.of("""
                sglang:generation_tokens_total{model_name="a"} 5
                sglang:realtime_tokens_total{mode="prefill_compute",model_name="a"} 900.0
                sglang:realtime_tokens_total{mode="prefill_cache",model_name="a"} 70.0
                sglang:realtime_tokens_total{mode="decode",model_name="a"} 42.0
                """))).isEqualTo(42);
    }

    /** Batches are no tokens: a larger batch takes longer, and nobody is slower for it. */
    @Test
    void tgi_has_no_such_counter() {
        assertThat(GeneratedTokens.total(List.of("tgi_batch_inference_count{method=\"decode\"} 100\n")))
                .isNegative();
    }

    @Test
    void a_page_beside_the_engines_does_not_matter_and_a_number_that_is_none_spoils_the_sum() {
        String engine = "vllm:generation_tokens_total{model_name=\"a\"} 7\n";
        assertThat(GeneratedTokens.total(List.of(engine, "go_goroutines 3\n"))).isEqualTo(7);
        assertThat(GeneratedTokens.total(List.of(engine, engine.replace("7", "seven"))))
                .isNegative();
        assertThat(GeneratedTokens.total(List.of())).isNegative();
    }
}
