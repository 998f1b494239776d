package dev.lastcall.serving.findings;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which engine a template runs, and what it still finishes after its signal. */
class EngineTest {

    @Test
    void the_label_decides_then_the_command_then_the_image() {
        assertThat(engine(Map.of("lastcall.dev/engine", "tgi"), "vllm/vllm-openai"))
                .isEqualTo(Engine.TGI);
        assertThat(engine(Map.of("lastcall.dev/engine", "my-own"), "x")).isEqualTo(Engine.GENERIC);
        assertThat(engine(Map.of(), "x", "python3", "-m", "sglang.launch_server"))
                .isEqualTo(Engine.SGLANG);
        assertThat(engine(Map.of(), "x", "sh", "-c", "exec vllm serve m")).isEqualTo(Engine.VLLM);
        assertThat(engine(Map.of(), "docker.io/vllm/vllm-openai:v0.11.0@sha256:ab"))
                .isEqualTo(Engine.VLLM);
        assertThat(engine(Map.of(), "ghcr.io/huggingface/text-generation-inference:3.3"))
                .isEqualTo(Engine.TGI);
    }

    @Test
    void a_program_that_stands_in_front_of_an_engine_is_none() {
        assertThat(engine(Map.of(), "ghcr.io/vllm-project/production-stack/router:v1"))
                .isEqualTo(Engine.NONE);
        assertThat(engine(Map.of(), "acme/vllm-router:v1")).isEqualTo(Engine.NONE);
        assertThat(engine(Map.of(), "nginx", "--vllm-port=8000")).isEqualTo(Engine.NONE);
    }

    @Test
    void the_drain_after_sigterm_is_read_from_the_arguments() {
        assertThat(capacity("vllm/vllm-openai:v0.18.0", "vllm", "serve", "m")).isZero();
        assertThat(capacity("vllm/vllm-openai:latest", "vllm", "serve", "m", "--shutdown-timeout=40"))
                .isEqualTo(Duration.ofSeconds(40));
        assertThat(capacity("vllm/vllm-openai:v0.9.1", "vllm", "serve", "m", "--shutdown-timeout", "40"))
                .isZero();
        // The version of an image that only contains vLLM is not vLLM's.
        assertThat(capacity("ghcr.io/llm-d/llm-d-cuda:v0.6.0", "vllm", "serve", "m", "--shutdown-timeout", "45"))
                .isEqualTo(Duration.ofSeconds(45));
        assertThat(capacity("x", "bash", "-c", "vllm serve m --shutdown_timeout '12' --port 1"))
                .isEqualTo(Duration.ofSeconds(12));
        assertThat(capacity("x", "text-generation-launcher")).isEqualTo(Duration.ofSeconds(90));
    }

    @Test
    void what_a_manifest_does_not_show_is_unknown_and_not_zero() {
        assertThat(facts("x", "vllm", "serve", "m", "--config", "/etc/vllm.yaml")
                        .capacity())
                .isNull();
        assertThat(facts("x", "sglang", "serve").capacity()).isNull();
    }

    private static Engine engine(Map<String, String> labels, String image, String... words) {
        return Engine.of(pod(labels, image, words));
    }

    private static Duration capacity(String image, String... words) {
        Duration capacity = facts(image, words).capacity();
        return java.util.Objects.requireNonNull(capacity);
    }

    private static EngineFacts facts(String image, String... words) {
        return ManifestEngine.of(pod(Map.of(), image, words));
    }

    private static PodTemplate pod(Map<String, String> labels, String image, String... words) {
        Container only = new Container("c", image, List.of(words), List.of(), Map.of(), Duration.ZERO, null);
        return new PodTemplate(
                labels, Map.of(), List.of(only), Duration.ofSeconds(30), List.of(), List.of(), true, false);
    }
}
