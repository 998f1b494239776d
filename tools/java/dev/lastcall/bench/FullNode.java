package dev.lastcall.bench;

import dev.lastcall.config.ConfigKey;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.kubelet.PodResourcesServer;
import dev.lastcall.support.metadata.FakeImds;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What the measured programs find on a full GPU node: eight A100 of seven MIG devices each on the simulated driver, one pod per
 * device on a real API server, kubelet's PodResources, and AWS's metadata service with nothing to announce.
 */
final class FullNode implements AutoCloseable {

    private static final int GPUS = 8;
    private static final int DEVICES = 7;
    private static final String NAME = "footprint";
    private static final String NAMESPACE = "default";
    private static final Path SIMULATOR = Path.of("target/nvml-sim/libnvidia-ml.so.1");

    private final ControlPlane plane;
    private final Path folder = Files.createTempDirectory("footprint");
    private final FakeImds imds = new FakeImds();
    private final TerminationHandler handler;
    private final PodResourcesServer kubelet = PodResourcesServer.at(folder.resolve("kubelet.sock"));

    FullNode(ControlPlane plane) throws IOException {
        this.plane = plane;
        plane.client()
                .nodes()
                .resource(new NodeBuilder()
                        .withNewMetadata()
                        .withName(NAME)
                        .endMetadata()
                        .withNewSpec()
                        .withProviderID("aws:///us-east-1a/i-0123456789abcdef0")
                        .endSpec()
                        .build())
                .create();
        List<String> gpus = new ArrayList<>();
        for (int gpu = 0; gpu < GPUS; gpu++) {
            List<String> instances = new ArrayList<>();
            for (int slot = 0; slot < DEVICES; slot++) {
                String uuid = "MIG-00000000-0000-0000-%04d-%012d".formatted(gpu, slot);
                instances.add("{\"profile\": \"1g.5gb\", \"start\": %d, \"uuid\": \"%s\"}".formatted(slot, uuid));
                pod("engine-%d-%d".formatted(gpu, slot), uuid);
            }
            gpus.add(
                    "{\"geometry\": \"a100-40\", \"mig\": true, \"instances\": [" + String.join(",", instances) + "]}");
        }
        Files.copy(SIMULATOR, folder.resolve("libnvidia-ml.so.1"));
        Files.writeString(folder.resolve("scenario.json"), "{\"gpus\": [" + String.join(",", gpus) + "]}");
        TerminationHandler.nothingToAnnounce(imds);
        handler = new TerminationHandler(plane, NAME, NAMESPACE, imds.url(), folder.resolve("run"));
    }

    /** Logs and the like; gone after {@link #close()}. */
    Path folder() {
        return folder;
    }

    /** The agent with all that a node of a cloud with GPUs gives it, everything else at its default. */
    Map<String, String> agentEnvironment() {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("PATH", System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
        environment.put("KUBECONFIG", plane.kubeconfigFor(ControlPlane.AGENT).toString());
        environment.put("NVML_SIM_SCENARIO", folder.resolve("scenario.json").toString());
        Map.of(
                        "lastcall.http.port",
                        Program.PORT,
                        "lastcall.node-name",
                        NAME,
                        "lastcall.notice.provider",
                        "aws",
                        "lastcall.notice.aws.endpoint",
                        imds.url(),
                        "lastcall.gpu.library",
                        folder.resolve("libnvidia-ml.so.1").toString(),
                        "lastcall.pod-resources.socket",
                        folder.resolve("kubelet.sock").toString())
                .forEach((key, value) -> environment.put(ConfigKey.envName(key), value));
        return environment;
    }

    /** AWS's handler with its metrics and probes turned on. */
    Map<String, String> handlerEnvironment() {
        Map<String, String> environment = handler.environment();
        environment.put("ENABLE_PROBES_SERVER", "true");
        environment.put("PROBES_SERVER_PORT", Program.SECOND_PORT);
        environment.put("ENABLE_PROMETHEUS_SERVER", "true");
        environment.put("PROMETHEUS_SERVER_PORT", Program.PORT);
        return environment;
    }

    List<String> handlerWrapper() {
        return handler.wrapper();
    }

    private void pod(String name, String device) {
        kubelet.give(NAMESPACE, name, "engine", "nvidia.com/mig-1g.5gb", device);
        plane.client()
                .pods()
                .inNamespace(NAMESPACE)
                .resource(new PodBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .withNewSpec()
                        .withNodeName(NAME)
                        .addNewContainer()
                        .withName("engine")
                        .withImage("engine")
                        .endContainer()
                        // No kubelet renews the Node's lease, and what does not tolerate that is evicted after minutes.
                        .addNewToleration()
                        .withOperator("Exists")
                        .endToleration()
                        .endSpec()
                        .build())
                .create();
    }

    @Override
    public void close() throws IOException {
        imds.close();
        kubelet.close();
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.deleteIfExists(file);
                } catch (IOException failed) {
                    throw new UncheckedIOException(failed);
                }
            });
        }
    }
}
