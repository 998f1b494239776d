package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.kubelet.PodResourcesServer;
import dev.lastcall.support.nvml.NvmlSim;
import dev.lastcall.support.page.StateDescription;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged program on a machine with a driver: what a person sees of the GPUs, and what a scaler reads. */
class GpuPageIT {

    private static final String SCATTERED = """
            {"gpus": [{"geometry": "a100-40", "uuid": "GPU-1", "mig": true, "instances": [
              {"profile": "1g.5gb", "start": 2, "gi": 7, "uuid": "MIG-a"},
              {"profile": "2g.10gb", "start": 4, "gi": 3, "uuid": "MIG-b"},
              {"profile": "1g.5gb", "start": 6, "gi": 9, "uuid": "MIG-c"}]},
             {"geometry": "t4", "uuid": "GPU-2"}]}
            """;

    @TempDir
    Path folder;

    @Test
    void state_page_and_metrics_show_the_same_slices() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, SCATTERED);
        Path socket = folder.resolve("kubelet.sock");
        try (PodResourcesServer kubelet = PodResourcesServer.at(socket);
                AgentProcess agent = AgentProcess.builder()
                        .config("lastcall.kubernetes.enabled", "false")
                        .config("lastcall.notice.provider", "none")
                        .config("lastcall.gpu.library", sim.library())
                        .config("lastcall.gpu.scan-interval", "1s")
                        .config("lastcall.pod-resources.socket", socket.toString())
                        .start()) {
            kubelet.give("llm", "chat-0", "vllm", "nvidia.com/mig-2g.10gb", "MIG-b");
            await("driver and kubelet were asked")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> agent.get("/metrics").body().contains("lastcall_mig_internal_waste_bytes{"));

            JsonNode gpus = new ObjectMapper()
                    .readTree(agent.get("/api/v1/state").body())
                    .path("gpus");
            assertThat(gpus).hasSize(2);
            assertThat(gpus.path(0).path("memorySlices").asInt()).isEqualTo(8);
            assertThat(gpus.path(0).path("slices"))
                    .extracting(slice -> slice.path("profile").asText("free") + "@"
                            + slice.path("start").asText() + "+"
                            + slice.path("size").asText())
                    .containsExactly("free@0+2", "1g.5gb@2+1", "free@3+1", "2g.10gb@4+2", "1g.5gb@6+1", "free@7+1");
            assertThat(gpus.path(0).path("slices").path(3).path("holders"))
                    .extracting(JsonNode::asText)
                    .containsExactly("llm/chat-0/vllm");
            assertThat(gpus.path(0).path("slices").path(1).path("holders").toString())
                    .as("idle, which is not unknown")
                    .isEqualTo("[]");
            assertThat(gpus.path(0).path("fits"))
                    .filteredOn(fit -> fit.path("profile").asText().equals("3g.20gb"))
                    .singleElement()
                    .satisfies(fit -> {
                        assertThat(fit.path("placeable").asInt(-1)).isZero();
                        assertThat(fit.path("ideal").asInt()).isEqualTo(1);
                    });
            assertThat(agent.get("/").body())
                    .contains("class=\"map of-8\"", "llm/chat-0/vllm", "Still fits:", "0 × 3g.20gb (1 if rearranged)")
                    .containsPattern("class=\"held span-2\"><span class=\"vh\">slices 4 to 5: </span><b>2g.10gb</b>");
            assertThat(StateDescription.differences(agent.get("/api/v1/state").body()))
                    .isEmpty();
            assertThat(agent.get("/metrics").body())
                    .contains("lastcall_mig_fragmentation_ratio{gpu=\"0\",uuid=\"GPU-1\",profile=\"3g.20gb\"} 1.0");
        }
    }
}
