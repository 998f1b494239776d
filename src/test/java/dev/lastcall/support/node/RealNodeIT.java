package dev.lastcall.support.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.controlplane.ControlPlaneUser;
import dev.lastcall.support.images.TestImages;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The node's own claims: what tests on it take for granted. */
class RealNodeIT {

    private static final String NODE = "node-a";

    @Test
    void a_pod_runs_in_a_real_container_is_reached_and_ended_and_nothing_stays_behind(@TempDir Path folder)
            throws Exception {
        RealNode.assumePossible();
        List<String> mountsBefore = Files.readAllLines(Path.of("/proc/self/mounts"));
        List<String> linksBefore = links();
        List<String> cgroupsBefore = cgroups();
        Path root;
        try (ControlPlane plane = ControlPlane.start(ControlPlaneUser.node(NODE));
                RealNode node = RealNode.start(plane, NODE, Map.of("lastcall.test/kind", "real"))) {
            root = node.directory();
            assertThat(node.object().getMetadata().getLabels()).containsEntry("lastcall.test/kind", "real");
            assertThat(node.podResourcesSocket()).exists();

            node.importImage(TestImages.engine(folder));
            String namespace = plane.newNamespace("real");
            plane.client().pods().resource(engine(namespace)).create();
            Pod pod = await().atMost(Duration.ofSeconds(60))
                    .until(
                            () -> plane.client()
                                    .pods()
                                    .inNamespace(namespace)
                                    .withName("engine")
                                    .require(),
                            seen -> seen.getStatus().getPhase().equals("Running"));
            assertThat(get(pod.getStatus().getPodIP(), "/metrics")).contains("vllm:num_requests_running{");
            assertThat(plane.client()
                            .pods()
                            .inNamespace(namespace)
                            .withName("engine")
                            .getLog())
                    .as("through the API server and kubelet")
                    .contains("engine tiny listens");
            assertThat(node.podLog(namespace, "engine", "main")).contains("engine tiny listens");

            node.restartKubelet();

            assertThat(get(pod.getStatus().getPodIP(), "/health"))
                    .as("its container went on")
                    .isEmpty();
            plane.client().pods().inNamespace(namespace).withName("engine").delete();
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> plane.client()
                                    .pods()
                                    .inNamespace(namespace)
                                    .withName("engine")
                                    .get()
                            == null);
        }
        assertThat(root).doesNotExist();
        assertThat(Files.readAllLines(Path.of("/proc/self/mounts"))).isEqualTo(mountsBefore);
        assertThat(links()).isEqualTo(linksBefore);
        assertThat(cgroups()).isEqualTo(cgroupsBefore);
        assertThat(ProcessHandle.allProcesses()
                        .flatMap(process -> process.info().commandLine().stream())
                        .filter(line -> line.contains(root.toString())))
                .isEmpty();
    }

    @Test
    void pods_get_a_token_and_what_kubernetes_tells_them_of_its_api_is_true(@TempDir Path folder) throws Exception {
        RealNode.assumePossible();
        try (ControlPlane plane = ControlPlane.startWithServiceAccounts(ControlPlaneUser.node(NODE));
                RealNode node = RealNode.start(plane, NODE, Map.of())) {
            node.importImage(TestImages.engine(folder));
            String namespace = plane.newNamespace("tokens");
            await().until(() -> plane.client()
                            .serviceAccounts()
                            .inNamespace(namespace)
                            .withName("default")
                            .get()
                    != null);
            plane.client().pods().resource(engine(namespace)).create();
            Path token = await().atMost(Duration.ofSeconds(60))
                    .until(() -> find(node.view("/var/lib/kubelet/pods"), "token"), Optional::isPresent)
                    .orElseThrow();

            Config config = new ConfigBuilder(Config.empty())
                    .withMasterUrl("https://" + plane.serviceAddress())
                    .withCaCertFile(token.resolveSibling("ca.crt").toString())
                    .withOauthToken(Files.readString(token))
                    .build();
            try (KubernetesClient pod =
                    new KubernetesClientBuilder().withConfig(config).build()) {
                assertThat(pod.getKubernetesVersion().getGitVersion()).startsWith("v1.34.");
            }
        }
    }

    private static Optional<Path> find(Path folder, String name) throws IOException {
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        try (Stream<Path> tree = Files.walk(folder)) {
            return tree.filter(file -> file.endsWith(name) && Files.isRegularFile(file))
                    .findFirst();
        } catch (UncheckedIOException changing) {
            return Optional.empty();
        }
    }

    private static Pod engine(String namespace) {
        return new PodBuilder()
                .withNewMetadata()
                .withName("engine")
                .withNamespace(namespace)
                .endMetadata()
                .withNewSpec()
                .withTerminationGracePeriodSeconds(5L)
                .addNewContainer()
                .withName("main")
                .withImage(TestImages.ENGINE)
                .withImagePullPolicy("Never")
                .withArgs("--shutdown-timeout", "5")
                .endContainer()
                .endSpec()
                .build();
    }

    private static String get(String address, String path) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return await().atMost(Duration.ofSeconds(20))
                    .ignoreExceptions()
                    .until(
                            () -> http.send(
                                    HttpRequest.newBuilder(URI.create("http://" + address + ":8000" + path))
                                            .timeout(Duration.ofSeconds(5))
                                            .build(),
                                    HttpResponse.BodyHandlers.ofString()),
                            answer -> answer.statusCode() == 200)
                    .body();
        }
    }

    private static List<String> links() throws IOException {
        return names(Path.of("/sys/class/net"));
    }

    private static List<String> cgroups() throws IOException {
        return names(Path.of("/sys/fs/cgroup/memory"));
    }

    private static List<String> names(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }
}
