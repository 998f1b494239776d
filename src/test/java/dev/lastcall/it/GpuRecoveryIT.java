package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.nvml.NvmlSim;
import dev.lastcall.support.scenario.Scenario;
import io.fabric8.kubernetes.api.model.Node;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A driver that asks for a reset, on a real API server: told, marked, and nothing drained. */
class GpuRecoveryIT {

    private static final String AT_RISK = "lastcall.dev/at-risk";

    private static final String ASKING = """
            {"gpus": [{"geometry": "h100-80", "uuid": "GPU-a", "fields": {"230": %d}}]}
            """;

    @TempDir
    Path folder;

    @Test
    void a_recommended_reset_is_told_and_marked_and_drains_nothing_until_it_is_taken_back() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, ASKING.formatted(1));
        try (Scenario node = new Scenario(ControlPlane.shared(), "recovery")) {
            node.startAgent(agent ->
                    agent.config("lastcall.gpu.library", sim.library()).config("lastcall.gpu.scan-interval", "1s"));

            await("the node is marked")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> annotations(node.node()).containsKey(AT_RISK));
            await("the Event")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> !Traces.onNode(node, "GpuRecoveryRecommended").isEmpty());
            assertThat(Traces.onNode(node, "GpuRecoveryRecommended"))
                    .singleElement()
                    .satisfies(event -> assertThat(event.getMessage())
                            .isEqualTo("GPU 0 (NVIDIA H100 80GB HBM3, GPU-a): the driver recommends to reset the GPU"));
            await("several scans").atMost(Duration.ofSeconds(30)).until(() -> scans(node) >= 4);
            assertThat(node.node().getSpec().getUnschedulable()).isNotEqualTo(Boolean.TRUE);
            assertThat(annotations(node.node())).doesNotContainKey("lastcall.dev/drain");
            assertThat(node.agent().get("/metrics").body())
                    .contains("lastcall_gpu_recovery_action{gpu=\"0\",uuid=\"GPU-a\"} 1.0")
                    .contains("lastcall_notice_active{kind=\"gpu\"} 1.0");
            assertThat(Traces.said(Traces.onNode(node, "GpuRecoveryRecommended")))
                    .as("however many scans")
                    .isEqualTo(1);

            sim.scenario(ASKING.formatted(0));
            await("the mark is taken back")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> !annotations(node.node()).containsKey(AT_RISK));
        }
    }

    private static double scans(Scenario node) throws Exception {
        return node.agent()
                .get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("lastcall_nvml_scan_duration_seconds_count"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
                .findFirst()
                .orElse(0);
    }

    private static Map<String, String> annotations(Node node) {
        Map<String, String> all = node.getMetadata().getAnnotations();
        return all == null ? Map.of() : all;
    }
}
