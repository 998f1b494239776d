package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.kubelet.PodProgram;
import dev.lastcall.support.kubelet.PodResourcesServer;
import dev.lastcall.support.kubelet.RunningProgram;
import dev.lastcall.support.nvml.NvmlSim;
import dev.lastcall.support.scenario.Scenario;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged program between a simulated driver and a kubelet's socket: who holds what, on {@code /metrics}. */
class AllocationIT {

    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private Path socket = Path.of("");
    private String library = "";

    @BeforeEach
    void node() throws Exception {
        socket = folder.resolve("kubelet.sock");
        library = NvmlSim.in(folder, """
                {"gpus": [
                  {"geometry": "a100-40", "uuid": "GPU-whole", "minor": 1},
                  {"geometry": "a100-40", "uuid": "GPU-parts", "minor": 0, "mig": true, "instances": [
                    {"profile": "1g.5gb", "start": 0, "gi": 9, "uuid": "MIG-small"},
                    {"profile": "3g.20gb", "start": 4, "gi": 1, "uuid": "MIG-large"}]}]}
                """).library();
    }

    @Test
    void series_follow_the_kubelet_through_pods_that_go_and_a_restart_and_its_absence_is_said_once() throws Exception {
        try (AgentProcess agent = configured(AgentProcess.builder())
                .config("lastcall.kubernetes.enabled", "false")
                .config("lastcall.notice.provider", "none")
                .start()) {
            awaitSeries(agent, has("lastcall_gpu_info{gpu=\"1\"", 1));
            assertThat(series(agent))
                    .as("before the kubelet was there")
                    .contains("lastcall_pod_resources_up 0.0")
                    .noneMatch(line -> line.startsWith("lastcall_allocation_info"))
                    .noneMatch(line -> line.startsWith("lastcall_device_instances"))
                    .noneMatch(line -> line.startsWith("lastcall_pod_resources_unmapped"));

            try (PodResourcesServer kubelet = PodResourcesServer.at(socket)) {
                kubelet.give("serving", "llm-0", "vllm", "nvidia.com/gpu", "GPU-whole")
                        .give("serving", "embed-0", "main", "nvidia.com/mig-3g.20gb", "MIG-large")
                        .claim("batch", "dra-0", "main", "gpu.nvidia.com", "gpu-0-mig-3g20gb-9-4")
                        .give("batch", "lost-0", "main", "nvidia.com/gpu", "GPU-elsewhere");
                awaitSeries(agent, line -> line.equals("lastcall_pod_resources_up 1.0"));
                assertThat(series(agent))
                        .contains(
                                "lastcall_allocation_info{uuid=\"GPU-whole\",namespace=\"serving\",pod=\"llm-0\","
                                        + "container=\"vllm\",resource=\"nvidia.com/gpu\"} 1.0",
                                "lastcall_allocation_info{mig_uuid=\"MIG-large\",namespace=\"serving\",pod=\"embed-0\","
                                        + "container=\"main\",resource=\"nvidia.com/mig-3g.20gb\"} 1.0",
                                "lastcall_allocation_info{mig_uuid=\"MIG-large\",namespace=\"batch\",pod=\"dra-0\","
                                        + "container=\"main\",resource=\"gpu.nvidia.com\"} 1.0",
                                "lastcall_device_instances{profile=\"full\",state=\"allocated\"} 1.0",
                                "lastcall_device_instances{profile=\"full\",state=\"idle\"} 0.0",
                                "lastcall_device_instances{profile=\"1g.5gb\",state=\"allocated\"} 0.0",
                                "lastcall_device_instances{profile=\"1g.5gb\",state=\"idle\"} 1.0",
                                "lastcall_device_instances{profile=\"3g.20gb\",state=\"allocated\"} 1.0",
                                "lastcall_pod_resources_unmapped_devices 1.0");

                kubelet.take("serving", "embed-0");
                awaitGone(agent, "embed-0");
                assertThat(series(agent)).anyMatch(line -> line.contains("llm-0"));
            }
            awaitSeries(agent, line -> line.equals("lastcall_pod_resources_up 0.0"));
            assertThat(series(agent))
                    .as("a kubelet that restarts takes no device from anybody")
                    .anyMatch(line -> line.contains("llm-0"));

            try (PodResourcesServer kubelet = PodResourcesServer.at(socket)) {
                kubelet.give("serving", "llm-1", "vllm", "nvidia.com/gpu", "GPU-whole");
                awaitSeries(
                        agent,
                        has("lastcall_allocation_info{uuid=\"GPU-whole\",namespace=\"serving\",pod=\"llm-1\"", 1));
                awaitGone(agent, "llm-0");
            }
            assertThat(agent.stop()).isZero();
            assertThat(agent.lines())
                    .filteredOn(line -> line.contains("no kubelet socket at"))
                    .as("once for each time it was away")
                    .hasSizeBetween(1, 2);
            assertThat(agent.lines()).noneMatch(line -> line.contains("SO_KEEPALIVE"));
            assertThat(agent.lines())
                    .as("a warning of the JVM about a library would be the user's first sight of the agent")
                    .noneMatch(line -> line.contains("sun.misc.Unsafe"));
        }
    }

    @Test
    void a_share_under_hamis_id_is_its_gpu_and_an_id_nobody_understands_makes_nothing_look_free() throws Exception {
        String uuid = "GPU-11111111-2222-3333-4444-555555555555";
        library = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "a100-40", "uuid": "%s", "minor": 0},
                          {"geometry": "a100-40", "uuid": "GPU-66666666-2222-3333-4444-555555555555", "minor": 1}]}
                """.formatted(uuid)).library();
        try (PodResourcesServer kubelet = PodResourcesServer.at(socket);
                AgentProcess agent = configured(AgentProcess.builder())
                        .config("lastcall.kubernetes.enabled", "false")
                        .config("lastcall.notice.provider", "none")
                        .start()) {
            kubelet.give("serving", "llm-0", "vllm", "nvidia.com/gpu", uuid + "-7");
            awaitSeries(agent, has("lastcall_allocation_info{uuid=\"" + uuid + "\"", 1));
            assertThat(series(agent))
                    .contains(
                            "lastcall_device_instances{profile=\"full\",state=\"allocated\"} 1.0",
                            "lastcall_device_instances{profile=\"full\",state=\"idle\"} 1.0",
                            "lastcall_gpu_whole_free{gpu=\"0\",uuid=\"" + uuid + "\"} 0.0",
                            "lastcall_pod_resources_unmapped_devices 0.0");

            kubelet.give("serving", "odd-0", "main", "nvidia.com/gpu", "slot-1");

            awaitSeries(agent, line -> line.equals("lastcall_pod_resources_unmapped_devices 1.0"));
            await().atMost(SOON)
                    .until(() ->
                            series(agent).stream().noneMatch(line -> line.startsWith("lastcall_device_instances")));
            assertThat(series(agent))
                    .contains("lastcall_gpu_whole_free{gpu=\"0\",uuid=\"" + uuid + "\"} 0.0")
                    .noneMatch(line -> line.startsWith("lastcall_gpu_whole_free{gpu=\"1\""));
            assertThat(agent.lines())
                    .filteredOn(line -> line.contains("slot-1"))
                    .as("said once")
                    .hasSize(1);
        }
    }

    /** Kubelets before 1.34 list a finished pod until it is deleted. */
    @Test
    void a_pod_that_finished_holds_nothing_though_the_kubelet_still_lists_it() throws Exception {
        CompletableFuture<Integer> exit = new CompletableFuture<>();
        try (PodResourcesServer kubelet = PodResourcesServer.at(socket);
                Scenario node = new Scenario(
                        ControlPlane.shared(), "allocation", Map.of("lastcall.test/job", endingWith(exit)))) {
            kubelet.give(node.namespace(), "job", "main", "nvidia.com/gpu", "GPU-whole")
                    .give(node.namespace(), "other", "main", "nvidia.com/mig-3g.20gb", "MIG-large");
            AgentProcess agent = node.startAgent(this::configured);
            job(node);
            await("the job runs").atMost(SOON).until(() -> phase(node).equals("Running"));
            awaitSeries(agent, has("pod=\"job\"", 1));

            exit.complete(0);

            await("the job has ended").atMost(SOON).until(() -> phase(node).equals("Succeeded"));
            awaitGone(agent, "pod=\"job\"");
            assertThat(series(agent))
                    .contains("lastcall_device_instances{profile=\"full\",state=\"idle\"} 1.0")
                    .as("a pod the API server does not know is the kubelet's to tell")
                    .anyMatch(line -> line.contains("pod=\"other\""));
        }
    }

    private AgentProcess.Builder configured(AgentProcess.Builder agent) {
        return agent.config("lastcall.gpu.library", library)
                .config("lastcall.gpu.scan-interval", "1s")
                .config("lastcall.pod-resources.socket", socket.toString());
    }

    private static void job(Scenario node) {
        node.client()
                .pods()
                .inNamespace(node.namespace())
                .resource(new PodBuilder()
                        .withNewMetadata()
                        .withName("job")
                        .endMetadata()
                        .withNewSpec()
                        .withNodeName(node.kubelet().nodeName())
                        .withRestartPolicy("Never")
                        .addNewContainer()
                        .withName("main")
                        .withImage("lastcall.test/job")
                        .endContainer()
                        .endSpec()
                        .build())
                .create();
    }

    private static String phase(Scenario node) {
        return node.client()
                .pods()
                .inNamespace(node.namespace())
                .withName("job")
                .get()
                .getStatus()
                .getPhase();
    }

    private static PodProgram endingWith(CompletableFuture<Integer> exit) {
        return _ -> new RunningProgram() {
            @Override
            public void terminate() {
                exit.complete(0);
            }

            @Override
            public void kill() {
                exit.complete(137);
            }

            @Override
            public CompletableFuture<Integer> exited() {
                return exit;
            }
        };
    }

    private static Predicate<String> has(String text, double value) {
        return line -> line.contains(text) && line.endsWith(" " + value);
    }

    private static void awaitSeries(AgentProcess agent, Predicate<String> wanted) {
        await().atMost(SOON).until(() -> series(agent).stream().anyMatch(wanted));
    }

    private static void awaitGone(AgentProcess agent, String text) {
        await(text + " is gone")
                .atMost(SOON)
                .until(() -> series(agent).stream().noneMatch(line -> line.contains(text)));
    }

    private static List<String> series(AgentProcess agent) {
        try {
            return Arrays.stream(agent.get("/metrics").body().replace(",}", "}").split("\n"))
                    .filter(line -> !line.startsWith("#"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
