package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.nvml.NvmlSim;
import dev.lastcall.support.scenario.Scenario;
import dev.lastcall.support.scenario.Workloads;
import io.fabric8.kubernetes.api.model.Node;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a driver recommends for a GPU, on a real API server: told and marked; drained only where the user says so. */
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
                            .isEqualTo("GPU 0 (NVIDIA H100 80GB HBM3, GPU-a): the driver recommends to reset the GPU."
                                    + " Lastcall does not drain for this: drain the node before you act"));
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

    @Test
    void where_the_user_says_so_drain_and_reset_empties_the_node_forces_nothing_and_is_given_back() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, ASKING.formatted(4));
        try (Scenario node = new Scenario(ControlPlane.shared(), "recovery-drain")) {
            node.workloads().ordinary("free", 1, Workloads.IDLE_IMAGE, 2);
            node.workloads().ordinary("kept", 1, Workloads.IDLE_IMAGE, 2);
            node.workloads().budget("kept", 0);
            await("the pods run")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> running(node, "free") && running(node, "kept"));
            String kept = node.workloads().pods("kept").getFirst().getMetadata().getUid();
            String free = node.workloads().pods("free").getFirst().getMetadata().getUid();
            node.startAgent(agent -> agent.config("lastcall.gpu.library", sim.library())
                    .config("lastcall.gpu.scan-interval", "1s")
                    .config("lastcall.gpu.advice", "drain")
                    .config("lastcall.drain.force", "always"));

            await("the budget is asked and refuses")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> node.agent()
                            .get("/metrics")
                            .body()
                            .lines()
                            .anyMatch(line -> line.startsWith("lastcall_evictions_total{result=\"blocked\"}")
                                    && !line.endsWith(" 0.0")));
            await("the pod without a budget goes")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> node.workloads().pods("free").stream()
                            .noneMatch(pod -> pod.getMetadata().getUid().equals(free)));
            assertThat(node.annotation("lastcall.dev/drain")
                            .orElseThrow()
                            .path("kind")
                            .asText())
                    .isEqualTo("gpu");
            assertThat(node.node().getSpec().getUnschedulable()).isTrue();
            assertThat(node.workloads().pods("kept"))
                    .anyMatch(pod -> pod.getMetadata().getUid().equals(kept)
                            && pod.getMetadata().getDeletionTimestamp() == null);
            assertThat(node.agent().get("/metrics").body()).contains("lastcall_drain_forced_pods_total 0.0");

            sim.scenario(ASKING.formatted(0));

            await("the node is given back")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> !Boolean.TRUE.equals(node.node().getSpec().getUnschedulable()));
            assertThat(node.workloads().pods("kept"))
                    .anyMatch(pod -> pod.getMetadata().getUid().equals(kept));
        }
    }

    private static boolean running(Scenario node, String app) {
        return node.workloads().pods(app).stream()
                .anyMatch(pod -> pod.getStatus().getPhase().equals("Running"));
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
