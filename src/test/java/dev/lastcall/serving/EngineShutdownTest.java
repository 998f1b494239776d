package dev.lastcall.serving;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.support.drain.SamplePod;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Guards against counting on an engine that will abort, which loses everything it was trusted with. */
class EngineShutdownTest {
    private static final String V18 = "{\"version\":\"0.18.0\"}";

    private static Duration use(String... command) {
        return EngineShutdown.finishTimeAfterSignal(
                SamplePod.named("llm").grace(ofSeconds(60)).command(command).view(), V18);
    }

    @Test
    void every_form_of_the_flag_is_understood() {
        assertThat(use("vllm", "serve", "m", "--shutdown-timeout", "30")).isEqualTo(ofSeconds(30));
        assertThat(use("vllm", "serve", "--shutdown-timeout=30", "m")).isEqualTo(ofSeconds(30));
        assertThat(use("vllm", "serve", "--shutdown_timeout=30")).isEqualTo(ofSeconds(30));
        assertThat(use("vllm", "serve", "--shutdown_timeout", "30")).isEqualTo(ofSeconds(30));
        assertThat(use("sh", "-c", "exec vllm serve m --shutdown-timeout 30 --port 8000"))
                .isEqualTo(ofSeconds(30));
        assertThat(use("sh", "-c", "exec vllm serve m --shutdown-timeout=\"30\" && true"))
                .isEqualTo(ofSeconds(30));
        assertThat(use("sh", "-c", "vllm serve --shutdown-timeout 30; sleep 1")).isEqualTo(ofSeconds(30));
        assertThat(use("vllm", "--shutdown-timeout=1.5")).isEqualTo(Duration.ofMillis(1_500));
    }

    @Test
    void the_last_of_two_flags_counts_as_it_does_for_the_engine() {
        assertThat(use("vllm", "--shutdown-timeout=30", "--shutdown-timeout", "5"))
                .isEqualTo(ofSeconds(5));
    }

    @Test
    void what_is_no_number_of_seconds_counts_as_cannot() {
        assertThat(use("vllm", "--shutdown-timeout")).isEqualTo(ZERO);
        assertThat(use("vllm", "--shutdown-timeout=-4")).isEqualTo(ZERO);
        assertThat(use("sh", "-c", "vllm --shutdown-timeout $SECONDS_LEFT")).isEqualTo(ZERO);
        assertThat(use("vllm", "--shutdown-timeout-of-another-kind", "30")).isEqualTo(ZERO);
        assertThat(use("vllm", "serve")).isEqualTo(ZERO);
    }

    @ParameterizedTest
    @CsvSource({"0.18.0,30", "0.17.9,0", "0.32.0,30", "1.0.0,30", "v0.18.1rc2,30", "0.9,0", "0.1.dev1+g1a2b3c,0"})
    void only_a_version_that_honours_the_flag_is_trusted_with_it(String version, int seconds) {
        var pod = SamplePod.named("llm").grace(ofSeconds(60)).command("--shutdown-timeout=30");
        assertThat(EngineShutdown.finishTimeAfterSignal(pod.view(), "{\"version\": \"" + version + "\"}"))
                .isEqualTo(ofSeconds(seconds));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "not json", "{}", "{\"version\":18}", "{\"version\":\"99999999999999999999.1\"}"})
    void a_version_that_cannot_be_read_counts_as_cannot(String answer) {
        var pod = SamplePod.named("llm").grace(ofSeconds(60)).command("--shutdown-timeout=30");
        assertThat(EngineShutdown.finishTimeAfterSignal(pod.view(), answer)).isEqualTo(ZERO);
        assertThat(EngineShutdown.finishTimeAfterSignal(pod.view(), null)).isEqualTo(ZERO);
    }

    @Test
    void the_pods_own_word_overrides_flag_and_version() {
        var pod = SamplePod.named("llm")
                .grace(ofSeconds(60))
                .command("--shutdown-timeout=30")
                .annotation(EngineShutdown.DRAIN_SECONDS, "45");
        assertThat(EngineShutdown.finishTimeAfterSignal(pod.view(), null)).isEqualTo(ofSeconds(45));
        assertThat(EngineShutdown.dependsOnVersion(pod.view())).isFalse();
        pod.annotation(EngineShutdown.DRAIN_SECONDS, "0");
        assertThat(EngineShutdown.finishTimeAfterSignal(pod.view(), V18))
                .as("zero is a word too")
                .isEqualTo(ZERO);
    }

    @Test
    void the_version_is_asked_only_where_it_matters() {
        assertThat(EngineShutdown.dependsOnVersion(
                        SamplePod.named("a").command("--shutdown-timeout=30").view()))
                .isTrue();
        assertThat(EngineShutdown.dependsOnVersion(
                        SamplePod.named("b").command("--shutdown-timeout=0").view()))
                .isFalse();
        assertThat(EngineShutdown.dependsOnVersion(SamplePod.named("c").view())).isFalse();
    }

    @Test
    void an_engine_has_never_more_than_its_grace_less_its_pre_stop_hook() {
        var pod = SamplePod.named("llm").grace(ofSeconds(30)).preStop(ofSeconds(10));
        pod.annotation(EngineShutdown.DRAIN_SECONDS, "60");
        assertThat(EngineShutdown.finishTimeAfterSignal(pod.view(), null)).isEqualTo(ofSeconds(20));
        pod.preStop(ofSeconds(40));
        assertThat(EngineShutdown.finishTimeAfterSignal(pod.view(), null)).isEqualTo(ZERO);
    }

    private static Duration unasked(SamplePod pod) {
        assertThat(EngineShutdown.dependsOnVersion(pod.view())).isFalse();
        return EngineShutdown.finishTimeAfterSignal(pod.view(), null);
    }

    @Test
    void sglang_finishes_what_it_has_within_its_grace_and_half_of_a_pair_promises_nothing() {
        SamplePod pod = SamplePod.named("llm").grace(ofSeconds(75)).preStop(ofSeconds(15));
        assertThat(unasked(pod.command("python3", "-m", "sglang.launch_server", "--model", "m")))
                .isEqualTo(ofSeconds(60));
        assertThat(unasked(pod.command("sglang", "serve", "--disaggregation-mode", "null")))
                .isEqualTo(ofSeconds(60));
        assertThat(unasked(pod.command("sglang", "serve", "--disaggregation-mode", "prefill")))
                .isZero();
        assertThat(unasked(pod.command("--model-path", "m").label(EngineKind.LABEL, "sglang")))
                .as("an image's own command is not in the pod: its label says it")
                .isEqualTo(ofSeconds(60));
    }

    @Test
    void tgi_waits_for_its_own_time_out_which_is_ninety_seconds() {
        SamplePod pod = SamplePod.named("llm").grace(ofSeconds(300)).label(EngineKind.LABEL, "tgi");
        assertThat(unasked(pod)).isEqualTo(ofSeconds(90));
        assertThat(unasked(pod.command("text-generation-launcher", "--graceful-termination-timeout", "20")))
                .isEqualTo(ofSeconds(20));
        assertThat(unasked(pod.grace(ofSeconds(10)))).isEqualTo(ofSeconds(10));
    }
}
