package dev.lastcall.support.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class EngineOptionsTest {

    @Test
    void flags_may_carry_their_value_behind_a_space_or_an_equals_sign() {
        EngineOptions spaced = EngineOptions.tiny("--shutdown-timeout", "30", "--max-num-seqs", "4");
        EngineOptions joined = EngineOptions.tiny("--shutdown-timeout=30", "--max-num-seqs=4");

        assertThat(spaced).isEqualTo(joined);
        assertThat(spaced.shutdownTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(spaced.maxRunning()).isEqualTo(4);
    }

    @Test
    void a_shells_line_is_read_like_a_plain_command() {
        EngineOptions options =
                EngineOptions.parse(List.of("sh", "-c", "exec vllm serve llama --shutdown-timeout 7 --port 9000"));

        assertThat(options.model()).isEqualTo("llama");
        assertThat(options.shutdownTimeout()).isEqualTo(Duration.ofSeconds(7));
        assertThat(options.port()).hasValue(9000);
    }

    @Test
    void without_flags_the_engine_drops_its_work_on_sigterm() {
        assertThat(EngineOptions.tiny().shutdownTimeout()).isZero();
    }

    @Test
    void flags_of_vllm_that_mean_nothing_here_are_passed_over() {
        EngineOptions options =
                EngineOptions.tiny("--enforce-eager", "--dtype", "bfloat16", "--served-model-name", "m");

        assertThat(options.model()).isEqualTo("m");
    }

    @Test
    void a_misspelt_flag_of_the_testbed_is_named() {
        assertThatThrownBy(() -> EngineOptions.tiny("--lastcall-itl", "5"))
                .hasMessageContaining("unknown flag --lastcall-itl;");
        assertThatThrownBy(() -> EngineOptions.tiny("--max-num-seqs", "many"))
                .hasMessageContaining("--max-num-seqs")
                .hasMessageContaining("many");
    }
}
