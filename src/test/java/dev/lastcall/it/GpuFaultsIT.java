package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.nvml.NvmlSim;
import dev.lastcall.support.scenario.Scenario;
import dev.lastcall.support.scenario.Workloads;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A broken driver and an interruption in one process: the notice is drained as if there were no GPU. */
class GpuFaultsIT {

    private static final String HEALTHY = """
            {"gpus": [{"geometry": "a30"}, {"geometry": "a30"}]}
            """;
    private static final String MISMATCH = """
            {"errors": {"nvmlInit_v2": 18, "nvmlDeviceGetCount_v2": 18}, "gpus": [{"geometry": "a30"}]}
            """;

    @TempDir
    Path folder;

    static Stream<Arguments> faults() {
        return Stream.of(
                Arguments.of("mismatch", MISMATCH, "lastcall_nvml_state{state=\"driver_mismatch\"} 1.0"),
                Arguments.of("hung-gpu", """
                        {"gpus": [{"geometry": "a30", "hang": ["nvmlDeviceGetPowerUsage"]}, {"geometry": "a30"}]}
                        """, "lastcall_gpu_stale{gpu=\"0\"} 1.0"),
                Arguments.of("hung-init", """
                        {"hang": ["nvmlInit_v2"], "gpus": [{"geometry": "a30"}]}
                        """, "lastcall_nvml_state{state=\"hung\"} 1.0"),
                Arguments.of("lost-gpu", """
                        {"gpus": [{"geometry": "a30", "lost": true}, {"geometry": "a30"}]}
                        """, "lastcall_gpu_stale{gpu=\"0\"} 1.0"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void a_driver_that_is_broken_from_the_start_takes_nothing_from_a_drain(String name, String scenario, String series)
            throws Exception {
        NvmlSim sim = NvmlSim.in(folder, scenario);
        try (Scenario node = new Scenario(ControlPlane.shared(), name)) {
            node.workloads().ordinary("batch", 2, Workloads.IDLE_IMAGE, 5);
            start(node, sim);
            await("the metrics say what is wrong")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> page(node).contains(series));

            node.interrupt(Duration.ofSeconds(30));
            JsonNode report = node.awaitReport(Duration.ofSeconds(45));

            assertThat(report.path("outcome").asText()).isEqualTo("done");
            assertThat(report.path("pods").path("evicted").asInt()).isEqualTo(2);
            assertThat(node.agent().isAlive()).as("it never ended").isTrue();
            assertThat(page(node)).contains(series);
            assertThat(node.agent().lines().stream().filter(line -> line.contains("NVML: nvmlInit_v2 says")))
                    .as("said at most once")
                    .hasSizeLessThanOrEqualTo(1);
            assertThat(node.agent().stop(Duration.ofSeconds(20))).isZero();
        }
    }

    @Test
    void a_driver_exchanged_in_a_drain_ends_the_process_with_75_after_the_drain_and_the_next_one_lives_with_it()
            throws Exception {
        NvmlSim sim = NvmlSim.in(folder, HEALTHY);
        try (Scenario node = new Scenario(ControlPlane.shared(), "exchange")) {
            node.workloads()
                    .serving("llm", 1, dev.lastcall.support.router.RotationRule.READY, 10, "vllm", "serve", "t");
            node.workloads().ordinary("batch", 1, Workloads.IDLE_IMAGE, 5);
            start(node, sim);
            await("the GPUs are read")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> page(node).contains("lastcall_gpu_stale{gpu=\"1\"} 0.0"));
            node.interrupt(Duration.ofSeconds(30));
            await("the drain is under way")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> !node.phase().isEmpty());

            sim.scenario(MISMATCH);
            JsonNode report = node.awaitReport(Duration.ofSeconds(45));

            assertThat(report.path("outcome").asText()).isEqualTo("done");
            assertThat(node.agent().awaitExit(Duration.ofSeconds(90))).isEqualTo(75);

            start(node, sim);
            await("the new process says why it reads no GPU")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> page(node).contains("lastcall_nvml_state{state=\"driver_mismatch\"} 1.0"));
            await("several tries")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> sim.calls().stream()
                                    .filter(call -> call.function().equals("nvmlInit_v2") && call.code() == 18)
                                    .count()
                            >= 4);
            assertThat(node.agent().isAlive()).isTrue();
        }
    }

    private static void start(Scenario node, NvmlSim sim) throws Exception {
        node.startAgent(agent -> agent.config("lastcall.gpu.library", sim.library())
                .config("lastcall.gpu.call-timeout", "500ms")
                .config("lastcall.gpu.scan-interval", "500ms"));
    }

    private static String page(Scenario node) throws Exception {
        return node.agent().get("/metrics").body();
    }
}
