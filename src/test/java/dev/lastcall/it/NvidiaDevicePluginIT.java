package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * NVIDIA's own device plugin, a client of NVML that nobody here wrote, finds the simulator's devices and offers them to a
 * real kubelet; real pods then hold them.
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
    void in_mixed_mode_each_profile_is_a_resource_and_a_real_pod_holds_an_instance() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, MIXED);
        try (DevicePlugin plugin = DevicePlugin.start(node, sim, MigStrategy.MIXED)) {
            allocatable(plugin, Map.of("nvidia.com/gpu", 1, "nvidia.com/mig-1g.5gb", 2, "nvidia.com/mig-2g.10gb", 1));
            String namespace = plane.newNamespace("mixed");

            runs(namespace, "nvidia.com/mig-1g.5gb", 1);
            runs(namespace, "nvidia.com/mig-2g.10gb", 1);
            runs(namespace, "nvidia.com/gpu", 1);

            plane.client().namespaces().withName(namespace).delete();
        }
    }

    @Test
    void in_single_mode_every_instance_is_a_gpu_and_a_real_pod_holds_two() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, SINGLE);
        try (DevicePlugin plugin = DevicePlugin.start(node, sim, MigStrategy.SINGLE)) {
            allocatable(plugin, Map.of("nvidia.com/gpu", 3));
            String namespace = plane.newNamespace("single");

            runs(namespace, "nvidia.com/gpu", 2);

            plane.client().namespaces().withName(namespace).delete();
        }
    }

    @Test
    void time_slices_are_as_many_as_the_plugin_was_told_and_an_xid_takes_them_away() throws Exception {
        String gpu = """
                {"geometry": "h100-80", "uuid": "GPU-e0000000-0000-0000-0000-000000000000"}""";
        NvmlSim sim = NvmlSim.in(folder, "{\"gpus\": [" + gpu + "]}");
        String slices = """
                version: v1
                sharing: {timeSlicing: {resources: [{name: nvidia.com/gpu, replicas: 4}]}}
                """;
        try (DevicePlugin plugin = DevicePlugin.start(node, sim, MigStrategy.NONE, slices)) {
            allocatable(plugin, Map.of("nvidia.com/gpu", 4));
            String namespace = plane.newNamespace("slices");
            runs(namespace, "nvidia.com/gpu", 1);
            plane.client().namespaces().withName(namespace).delete();

            sim.scenario("{\"gpus\": [" + gpu
                    + "], \"events\": [{\"afterMs\": 0, \"gpu\": 0, \"type\": \"xid\", \"data\": 79}]}");

            // The plugin remembers one device per GPU: it takes away the last slice alone.
            allocatable(plugin, Map.of("nvidia.com/gpu", 3));
        }
    }

    private static void allocatable(DevicePlugin plugin, Map<String, Integer> expected) {
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
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

    private static void runs(String namespace, String resource, int amount) {
        String name = resource.replaceAll("\\W+", "-");
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
        Pod pod = await().atMost(Duration.ofSeconds(60))
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
