package dev.lastcall.bench;

import dev.lastcall.config.ConfigKey;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.kubelet.PodResourcesServer;
import dev.lastcall.support.metadata.FakeImds;
import dev.lastcall.support.metadata.Reaction;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
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
    /** Where client-go looks for its token and cannot be told otherwise. */
    private static final String SERVICE_ACCOUNT = "secrets/kubernetes.io/serviceaccount";

    private final ControlPlane plane;
    private final Path folder = Files.createTempDirectory("footprint");
    private final FakeImds imds = new FakeImds();
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
        nothingToAnnounce();
        Path account = Files.createDirectories(folder.resolve("run").resolve(SERVICE_ACCOUNT));
        Files.writeString(account.resolve("token"), plane.tokenOf(ControlPlane.AGENT));
        Files.copy(plane.authority(), account.resolve("ca.crt"));
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

    /** AWS's handler as its own chart of this version runs it, its metrics and probes turned on. */
    Map<String, String> handlerEnvironment() {
        URI server = URI.create(plane.server());
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("PATH", System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
        environment.put("KUBERNETES_SERVICE_HOST", server.getHost());
        environment.put("KUBERNETES_SERVICE_PORT", Integer.toString(server.getPort()));
        environment.put("NODE_NAME", NAME);
        environment.put("POD_NAME", "aws-node-termination-handler");
        environment.put("NAMESPACE", NAMESPACE);
        environment.put("INSTANCE_METADATA_URL", imds.url());
        // Its AWS library knows metadata addresses of its own.
        environment.put("AWS_EC2_METADATA_DISABLED", "true");
        environment.put("ENABLE_SPOT_INTERRUPTION_DRAINING", "true");
        environment.put("ENABLE_SCHEDULED_EVENT_DRAINING", "true");
        environment.put("ENABLE_ASG_LIFECYCLE_DRAINING", "true");
        environment.put("ENABLE_PROBES_SERVER", "true");
        environment.put("PROBES_SERVER_PORT", Program.SECOND_PORT);
        environment.put("ENABLE_PROMETHEUS_SERVER", "true");
        environment.put("PROMETHEUS_SERVER_PORT", Program.PORT);
        return environment;
    }

    /** Gives a program a service account's files at the one place where client-go looks, and nobody else. */
    List<String> serviceAccountWrapper() {
        List<String> wrapper = new ArrayList<>(List.of("unshare", "--mount"));
        if (!"root".equals(System.getProperty("user.name"))) {
            wrapper.addAll(List.of("--user", "--map-root-user"));
        }
        wrapper.addAll(List.of(
                "sh",
                "-c",
                "mount --bind \"$0\" /var/run && exec \"$@\"",
                folder.resolve("run").toString()));
        return wrapper;
    }

    /** What a quiet instance answers; the handler stops itself where scheduled events are a 404. */
    private void nothingToAnnounce() {
        imds.service()
                .always(FakeImds.EVENTS, Reaction.ok("[]"))
                .always(FakeImds.ASG, Reaction.ok("InService"))
                .always("/latest/dynamic/instance-identity/document", Reaction.ok("""
                                {"instanceId": "i-0123456789abcdef0", "instanceType": "p4d.24xlarge", "region": "us-east-1",
                                 "availabilityZone": "us-east-1a", "privateIp": "10.0.0.1", "accountId": "123456789012"}"""))
                .always("/latest/meta-data/instance-life-cycle", Reaction.ok("spot"))
                .always("/latest/meta-data/local-hostname", Reaction.ok("ip-10-0-0-1.ec2.internal"))
                .always("/latest/meta-data/public-hostname", Reaction.ok("ec2.example.com"))
                .always("/latest/meta-data/public-ipv4", Reaction.ok("192.0.2.1"));
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
