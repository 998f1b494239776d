package dev.lastcall.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.support.drain.SamplePod;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Guards against a pod that is judged by one of its engines, or by somebody else's port. */
class EngineEndpointsTest {

    private static EngineEndpoints of(SamplePod pod) {
        return EngineEndpoints.of(pod.view());
    }

    private static SamplePod pod(String... command) {
        return SamplePod.named("llm").port(8000).command(command);
    }

    @Test
    void a_list_of_ports_is_certain_and_declared_ones_are_only_possible() {
        assertThat(of(pod().annotation(EngineEndpoints.PORT, "8000, 8001,8002")).certain())
                .containsExactly(8000, 8001, 8002);
        assertThat(of(pod().port(8000, 9345)).possible()).containsExactly(8000, 9345);
        assertThat(of(pod().port(8000, 9345)).certain()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "8000,", "http", "0", "65536", "8000 8001", "8000-8003", "-1"})
    void what_is_no_list_of_ports_is_named_and_the_declared_ports_are_read(String text) {
        EngineEndpoints endpoints = of(pod().annotation(EngineEndpoints.PORT, text));
        assertThat(endpoints.possible()).containsExactly(8000);
        assertThat(endpoints.findings()).singleElement().asString().contains("'" + text + "'", "declared ports");
    }

    @Test
    void each_data_parallel_rank_of_a_multi_port_vllm_has_a_port_of_its_own() {
        String flag = "--data-parallel-multi-port-external-lb";
        assertThat(of(pod("vllm", "serve", "m", "--data-parallel-size", "4", flag))
                        .certain())
                .containsExactly(8000, 8001, 8002, 8003);
        assertThat(of(pod(
                                "sh",
                                "-c",
                                "vllm serve m --port 9000 --data_parallel_size_local=2 --data-parallel-size 8 " + flag))
                        .certain())
                .containsExactly(9000, 9001);
        assertThat(of(pod("vllm", "serve", "m", "--data-parallel-size", "4")).certain())
                .as("one server, one port: its page has all ranks")
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "--data-parallel-size=$(N)", "--data-parallel-size 4 --port $PORT", "--data-parallel-size 0"
            })
    void ranks_that_the_arguments_do_not_count_are_unknowable(String arguments) {
        EngineEndpoints endpoints =
                of(pod("sh", "-c", "vllm serve m --data-parallel-multi-port-external-lb " + arguments));
        assertThat(endpoints.unknowable()).contains(EngineEndpoints.PORT);
        assertThat(endpoints.possible()).containsExactly(8000);
        assertThat(of(pod("vllm", "serve", "--data-parallel-multi-port-external-lb")
                                .annotation(EngineEndpoints.PORT, "8000,8001"))
                        .unknowable())
                .as("the pod's own list ends the doubt")
                .isNull();
    }

    @Test
    void tls_follows_from_the_arguments_unless_the_pod_says_otherwise() {
        assertThat(of(pod("vllm", "serve", "m")).scheme()).isEqualTo("http");
        assertThat(of(pod("vllm", "serve", "m", "--ssl-certfile", "c", "--ssl-keyfile=k"))
                        .scheme())
                .isEqualTo("https");
        assertThat(of(pod("vllm", "serve", "m", "--ssl-keyfile=k").annotation(EngineEndpoints.SCHEME, "http"))
                        .scheme())
                .isEqualTo("http");
        assertThat(of(pod().annotation(EngineEndpoints.SCHEME, "HTTPS")).scheme())
                .isEqualTo("https");
        EngineEndpoints odd = of(pod().annotation(EngineEndpoints.SCHEME, "tls"));
        assertThat(odd.scheme()).isEqualTo("http");
        assertThat(odd.findings()).singleElement().asString().contains("'tls'");
    }

    @Test
    void an_ipv6_address_stands_in_brackets() {
        assertThat(of(pod().ip("fd00::1")).host()).isEqualTo("[fd00::1]");
        assertThat(of(pod().withoutAddress()).host()).isNull();
    }
}
