package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.controlplane.ControlPlaneUser;
import dev.lastcall.support.images.TestImages;
import dev.lastcall.support.node.DevicePlugin;
import dev.lastcall.support.node.DevicePlugin.MigStrategy;
import dev.lastcall.support.node.RealNode;
import dev.lastcall.support.nvml.NvmlSim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * NVIDIA's own device plugin, a client of NVML that nobody here wrote, finds the simulator's devices and offers them to a
 * real kubelet. Real pods hold them, and the packaged agent reads from the kubelet's real socket who holds what: compared
 * with what each container finds in its own environment.
 */
class NvidiaDevicePluginIT {

    private static final String NODE = "gpu-node";

    /** Three profiles with a hole among the MIG indices, and a GPU without MIG. */
    private static final String MIXED = """
            {"gpus": [
              {"geometry": "a100-40", "uuid": "GPU-a0000000-0000-0000-0000-000000000000", "mig": true, "instances": [
                {"profile": "1g.5gb", "start": 2, "gi": 9, "index": 1, "uuid": "MIG-a0000000-0000-0000-0000-000000000009"},
                {"profile": "2g.10gb", "start": 4, "gi": 5, "index": 4, "uuid": "MIG-a0000000-0000-0000-0000-000000000005"},
                {"profile": "1g.5gb", "start": 6, "gi": 11, "index": 6, "uuid": "MIG-a0000000-0000-0000-0000-000000000011"}]},
              {"geometry": "a100-40", "uuid": "GPU-b0000000-0000-0000-0000-000000000000", "mig": false}]}
            """;

    /** The plugin insists that all devices of the node are of one kind. */
    private static final String SINGLE = """
            {"gpus": [
              {"geometry": "h100-80", "uuid": "GPU-c0000000-0000-0000-0000-000000000000", "mig": true, "instances": [
                {"profile": "3g.40gb", "start": 0, "gi": 1, "index": 0, "uuid": "MIG-c0000000-0000-0000-0000-000000000001"},
                {"profile": "3g.40gb", "start": 4, "gi": 2, "index": 1, "uuid": "MIG-c0000000-0000-0000-0000-000000000002"}]},
              {"geometry": "h100-80", "uuid": "GPU-d0000000-0000-0000-0000-000000000000", "mig": true, "instances": [
                {"profile": "3g.40gb", "start": 0, "gi": 1, "index": 0, "uuid": "MIG-d0000000-0000-0000-0000-000000000001"}]}]}
            """;

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String DEVICES = "NVIDIA_VISIBLE_DEVICES=";
    private static final Pattern INFO = Pattern.compile("^lastcall_allocation_info\\{(uuid|mig_uuid)=\"([^\"]+)\","
            + "namespace=\"([^\"]+)\",pod=\"([^\"]+)\",container=\"([^\"]+)\",resource=\"[^\"]+\"} 1\\.0$");

    private static ControlPlane plane;
    private static RealNode node;

    @TempDir
    Path folder;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        RealNode.assumePossible();
        plane = ControlPlane.start(ControlPlaneUser.node(NODE));
        node = RealNode.start(plane, NODE, Map.of());
        node.importImage(TestImages.engine(folder));
    }

    @AfterAll
    static void stop() {
        if (node != null) {
            node.close();
        }
        if (plane != null) {
            plane.close();
        }
    }

    @Test
    void in_mixed_mode_the_agent_names_the_pod_of_every_device_and_goes_on_after_a_restart_of_kubelet()
            throws Exception {
        NvmlSim sim = NvmlSim.in(folder, MIXED);
        try (DevicePlugin plugin = DevicePlugin.start(node, sim, MigStrategy.MIXED);
                AgentProcess agent = agent(sim)) {
            allocatable(plugin, Map.of("nvidia.com/gpu", 1, "nvidia.com/mig-1g.5gb", 2, "nvidia.com/mig-2g.10gb", 1));
            String namespace = plane.newNamespace("mixed");
            runs(namespace, "small", "nvidia.com/mig-1g.5gb", 1);
            runs(namespace, "large", "nvidia.com/mig-2g.10gb", 1);
            runs(namespace, "whole", "nvidia.com/gpu", 1);
            Map<String, List<String>> given = new TreeMap<>();
            for (String pod : List.of("small", "large", "whole")) {
                given.put(pod, devicesGiven(pod));
            }
            assertThat(given.get("large")).containsExactly("MIG-a0000000-0000-0000-0000-000000000005");
            assertThat(given.get("whole")).containsExactly("GPU-b0000000-0000-0000-0000-000000000000");

            published(agent, namespace, given);
            assertThat(series(agent))
                    .contains(
                            "lastcall_device_instances{profile=\"full\",state=\"allocated\"} 1.0",
                            "lastcall_device_instances{profile=\"1g.5gb\",state=\"allocated\"} 1.0",
                            "lastcall_device_instances{profile=\"1g.5gb\",state=\"idle\"} 1.0",
                            "lastcall_device_instances{profile=\"2g.10gb\",state=\"allocated\"} 1.0");

            node.restartKubelet();
            plane.client().pods().inNamespace(namespace).withName("large").delete();
            given.remove("large");

            published(agent, namespace, given);
            end(namespace);
        }
    }

    @Test
    void in_single_mode_every_instance_is_a_gpu_and_the_agent_still_tells_them_apart() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, SINGLE);
        try (DevicePlugin plugin = DevicePlugin.start(node, sim, MigStrategy.SINGLE);
                AgentProcess agent = agent(sim)) {
            allocatable(plugin, Map.of("nvidia.com/gpu", 3));
            String namespace = plane.newNamespace("single");
            runs(namespace, "two", "nvidia.com/gpu", 2);
            List<String> given = devicesGiven("two");
            assertThat(given).hasSize(2).allMatch(device -> device.startsWith("MIG-"));

            published(agent, namespace, Map.of("two", given));
            assertThat(series(agent))
                    .contains(
                            "lastcall_device_instances{profile=\"3g.40gb\",state=\"allocated\"} 2.0",
                            "lastcall_device_instances{profile=\"3g.40gb\",state=\"idle\"} 1.0");
            end(namespace);
        }
    }

    @Test
    void a_time_slice_is_the_gpu_it_is_a_slice_of_and_an_xid_reaches_the_plugin() throws Exception {
        String gpu = """
                {"geometry": "h100-80", "uuid": "GPU-e0000000-0000-0000-0000-000000000000"}""";
        NvmlSim sim = NvmlSim.in(folder, "{\"gpus\": [" + gpu + "]}");
        String slices = """
                version: v1
                sharing: {timeSlicing: {resources: [{name: nvidia.com/gpu, replicas: 4}]}}
                """;
        try (DevicePlugin plugin = DevicePlugin.start(node, sim, MigStrategy.NONE, slices);
                AgentProcess agent = agent(sim)) {
            allocatable(plugin, Map.of("nvidia.com/gpu", 4));
            String namespace = plane.newNamespace("slices");
            runs(namespace, "slice", "nvidia.com/gpu", 1);
            assertThat(devicesGiven("slice")).containsExactly("GPU-e0000000-0000-0000-0000-000000000000");

            published(agent, namespace, Map.of("slice", devicesGiven("slice")));
            end(namespace);

            sim.scenario("{\"gpus\": [" + gpu
                    + "], \"events\": [{\"afterMs\": 0, \"gpu\": 0, \"type\": \"xid\", \"data\": 79}]}");
            // The plugin remembers one device per GPU: it takes away the last slice alone.
            allocatable(plugin, Map.of("nvidia.com/gpu", 3));
        }
    }

    private static AgentProcess agent(NvmlSim sim) throws Exception {
        return AgentProcess.builder()
                .kubeconfig(plane.kubeconfigFor(ControlPlane.AGENT))
                .config("lastcall.node-name", NODE)
                .config("lastcall.notice.provider", "none")
                .config("lastcall.gpu.library", sim.library())
                .config("lastcall.gpu.scan-interval", "1s")
                .config(
                        "lastcall.pod-resources.socket",
                        node.podResourcesSocket().toString())
                .start();
    }

    /** The agent's series are exactly these: each device by the pod that holds it, and none that it does not know. */
    private static void published(AgentProcess agent, String namespace, Map<String, List<String>> given) {
        Set<String> expected = new TreeSet<>();
        given.forEach((pod, devices) -> devices.forEach(device -> expected.add(
                namespace + "/" + pod + "/main " + (device.startsWith("MIG-") ? "mig_uuid " : "uuid ") + device)));
        await().atMost(LIMIT).untilAsserted(() -> {
            List<String> series = series(agent);
            assertThat(series.stream()
                            .map(INFO::matcher)
                            .filter(Matcher::find)
                            .map(info -> info.group(3) + "/" + info.group(4) + "/" + info.group(5) + " " + info.group(1)
                                    + " " + info.group(2)))
                    .as(node::logTails)
                    .containsExactlyInAnyOrderElementsOf(expected);
            assertThat(series).contains("lastcall_pod_resources_unmapped_devices 0.0", "lastcall_pod_resources_up 1.0");
        });
    }

    private static List<String> series(AgentProcess agent) throws Exception {
        return agent.get("/metrics").body().lines().toList();
    }

    /** What the container was really given, from its own environment: kubelet sets HOSTNAME, the plugin the devices. */
    private static List<String> devicesGiven(String pod) {
        return await().atMost(LIMIT)
                .until(
                        () -> ProcessHandle.allProcesses()
                                .map(NvidiaDevicePluginIT::environment)
                                .filter(env -> env.contains("HOSTNAME=" + pod))
                                .flatMap(List::stream)
                                .filter(entry -> entry.startsWith(DEVICES))
                                .flatMap(entry -> Stream.of(
                                        entry.substring(DEVICES.length()).split(",", -1)))
                                .toList(),
                        devices -> !devices.isEmpty());
    }

    private static List<String> environment(ProcessHandle process) {
        try {
            String text = Files.readString(
                    Path.of("/proc", String.valueOf(process.pid()), "environ"), StandardCharsets.ISO_8859_1);
            return List.of(text.split("\0", -1));
        } catch (IOException gone) {
            return List.of();
        }
    }

    /** Removes the pods and waits until kubelet has let go of them, so that the next test starts from nothing. */
    private static void end(String namespace) {
        plane.client().pods().inNamespace(namespace).delete();
        await().atMost(LIMIT)
                .until(() -> plane.client()
                        .pods()
                        .inNamespace(namespace)
                        .list()
                        .getItems()
                        .isEmpty());
    }

    private static void allocatable(DevicePlugin plugin, Map<String, Integer> expected) {
        await().atMost(LIMIT).untilAsserted(() -> {
            assertThat(plugin.alive()).as(plugin::log).isTrue();
            Map<String, Integer> offered = new TreeMap<>();
            node.object().getStatus().getAllocatable().forEach((resource, amount) -> {
                if (resource.startsWith("nvidia.com/") && !amount.getAmount().equals("0")) {
                    offered.put(resource, Integer.parseInt(amount.getAmount()));
                }
            });
            assertThat(offered).as(plugin::log).isEqualTo(expected);
        });
    }

    private static void runs(String namespace, String name, String resource, int amount) {
        plane.client()
                .pods()
                .resource(new PodBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewSpec()
                        .withTerminationGracePeriodSeconds(1L)
                        .addNewContainer()
                        .withName("main")
                        .withImage(TestImages.ENGINE)
                        .withImagePullPolicy("Never")
                        .withNewResources()
                        .withLimits(Map.of(resource, new Quantity(String.valueOf(amount))))
                        .endResources()
                        .endContainer()
                        .endSpec()
                        .build())
                .create();
        Pod pod = await().atMost(LIMIT)
                .until(
                        () -> plane.client()
                                .pods()
                                .inNamespace(namespace)
                                .withName(name)
                                .require(),
                        seen -> seen.getStatus().getPhase().equals("Running"));
        assertThat(pod.getSpec().getNodeName()).isEqualTo(NODE);
    }
}
