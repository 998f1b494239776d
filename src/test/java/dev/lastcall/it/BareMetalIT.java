package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.ToolRun;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.controlplane.ControlPlaneUser;
import dev.lastcall.support.controlplane.FreePort;
import dev.lastcall.support.images.AgentImage;
import dev.lastcall.support.images.SavedImage;
import dev.lastcall.support.node.RealNode;
import dev.lastcall.support.nvml.NvmlSim;
import dev.lastcall.support.scrape.DiscoveringPrometheus;
import dev.lastcall.support.scrape.ScrapeProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A newcomer with own machines: the lines of README, one after the other, with the example for such machines, on a real node.
 * Replaced are the image's name and the node's; added is what the GPU operator's runtime would bring into the container.
 */
@Tag("alone")
class BareMetalIT {

    private static final String NODE = "gpu-node";
    private static final Duration LIMIT = Duration.ofSeconds(150);

    private static SavedImage image;

    @TempDir
    Path folder;

    @BeforeAll
    static void everythingIsThere() throws IOException, InterruptedException {
        RealNode.assumePossible();
        need(Chart.helmIsThere(), Chart.SKIPPED);
        need(ToolRun.onPath("kubectl"), "skipped: no kubectl on the PATH");
        need(ScrapeProgram.isThere(), ScrapeProgram.SKIPPED);
        need(ToolRun.onPath("prometheus"), ScrapeProgram.NO_PROMETHEUS);
        Optional<String> missing = AgentImage.underTest().missing();
        need(missing.isEmpty(), "skipped: no image can be built here: " + missing.orElse(""));
        image = SavedImage.ofAgent();
    }

    @Test
    void the_lines_of_the_readme_bring_a_ready_agent_a_clean_doctor_a_dry_drain_and_series_for_the_operator()
            throws Exception {
        try (ControlPlane plane = ControlPlane.startWithServiceAccounts(ControlPlaneUser.node(NODE));
                RealNode node = RealNode.start(plane, NODE, Map.of("nvidia.com/gpu.present", "true"))) {
            node.importImage(image.plain(folder));
            operatorsAreThere(plane);
            try {
                follow(plane, node);
            } catch (Exception | AssertionError e) {
                System.out.println(Installation.whatHappened(node));
                throw e;
            }
        }
    }

    /** The GPU operator's RuntimeClass and the Prometheus operator's kinds. */
    private static void operatorsAreThere(ControlPlane plane) {
        succeeds(plane, "kubectl apply --server-side -f " + Chart.tools().resolve("crds"));
        // The testbed's own, which happens to have the name that Helm is about to use.
        succeeds(plane, "kubectl delete clusterrolebinding lastcall --ignore-not-found");
        succeeds(
                plane,
                "printf 'apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: nvidia}\nhandler: nvidia\n'"
                        + " | kubectl apply -f -");
    }

    private void follow(ControlPlane plane, RealNode node) throws Exception {
        String values = (image.name().endsWith("-jvm") ? "-f daemonset/examples/jvm-image.yaml " : "") + "-f "
                + Files.writeString(folder.resolve("here.yaml"), here(node));
        succeeds(plane, line("helm install lastcall daemonset") + " " + values);
        assertThat(succeeds(plane, line("kubectl -n lastcall rollout status"))).contains("successfully rolled out");

        String doctor = succeeds(
                plane,
                image.name().endsWith("-jvm")
                        ? first(
                                "docs/DOCTOR.md",
                                "kubectl -n lastcall exec daemonset/lastcall -- /usr/lib/lastcall/jre")
                        : line("kubectl -n lastcall exec daemonset/lastcall"));
        assertThat(doctor)
                .contains("fragmentation is exact", "kubelet-socket", "right pods/eviction")
                .containsPattern("\\d+ checks: \\d+ ok, 0 problems, 0 unknown");

        succeeds(plane, line("kubectl annotate node NODE").replace("node NODE", "node " + NODE));
        String events = line("kubectl get events").replace("NODE", NODE);
        await("the Events say what would happen")
                .atMost(LIMIT)
                .untilAsserted(() -> assertThat(succeeds(plane, events)).contains("would"));
        assertThat(node.object().getSpec().getUnschedulable()).isNotEqualTo(Boolean.TRUE);

        scrapedByTheOperatorsConfiguration(plane, values);
        succeeds(plane, "helm uninstall lastcall -n lastcall");
    }

    private void scrapedByTheOperatorsConfiguration(ControlPlane plane, String values) throws Exception {
        String monitors = succeeds(
                plane,
                line("helm install lastcall daemonset")
                                .replace("helm install", "helm template")
                                .replace(" --create-namespace", "")
                        + " " + values
                        + " --set monitoring.serviceMonitor.enabled=false,monitoring.podMonitor.enabled=true"
                        + ",monitoring.podMonitor.interval=1s --show-only templates/monitors.yaml");
        try (DiscoveringPrometheus prometheus =
                DiscoveringPrometheus.ofMonitors(monitors, plane.client(), folder.resolve("operated"))) {
            String here = "lastcall_gpu_info{node=\"" + NODE + "\",uuid=\"" + Installation.GPU + "\"}";
            List<Map<String, String>> found =
                    await(here).atMost(LIMIT).until(() -> prometheus.labels(here), series -> !series.isEmpty());
            assertThat(found).as(prometheus.story()).hasSize(1);
        }
    }

    /** What differs from a newcomer's cluster: where the image comes from, a port, and the operator's part of the container. */
    private static String here(RealNode node) throws Exception {
        Path nvml = Files.createDirectories(node.directory().resolve("nvml"));
        NvmlSim.in(nvml, """
                {"gpus": [{"geometry": "a100-40", "uuid": "%s", "mig": true, "instances": [
                  {"profile": "3g.20gb", "start": 4, "gi": 1, "uuid": "MIG-a0000000-0000-0000-0000-000000000001"}]}]}
                """.formatted(Installation.GPU));
        return """
                image: {tag: "%s", pullPolicy: Never}
                http: {port: %d}
                config:
                  lastcall.gpu.library: /opt/nvml/libnvidia-ml.so.1
                extraVolumes:
                  - {name: nvml, hostPath: {path: "%s", type: Directory}}
                extraVolumeMounts:
                  - {name: nvml, mountPath: /opt/nvml, readOnly: true}
                """.formatted(image.name().substring(image.name().lastIndexOf(':') + 1), FreePort.find(), nvml);
    }

    /** A line of README, for own machines and with an image that is there. */
    private static String line(String beginning) throws IOException {
        String repository = image.name().substring(0, image.name().lastIndexOf(':'));
        return first("README.md", beginning)
                .replaceFirst(" +#.*$", "")
                .replace("daemonset/examples/eks.yaml", "daemonset/examples/bare-metal.yaml")
                .replace("REGISTRY/lastcall-agent", repository);
    }

    private static String first(String page, String beginning) throws IOException {
        return Files.readAllLines(Path.of(page)).stream()
                .filter(each -> each.startsWith(beginning))
                .findFirst()
                .orElseThrow(() -> new AssertionError(beginning + " stands nowhere in " + page));
    }

    private static String succeeds(ControlPlane plane, String line) {
        Map<String, String> environment = new HashMap<>(Chart.environment());
        environment.put("KUBECONFIG", plane.kubeconfig().toString());
        environment.put("PATH", Chart.tools() + ":" + System.getenv("PATH"));
        ToolRun run = ToolRun.of(List.of("timeout", "170", "bash", "-euc", line), environment);
        assertThat(run.code()).as(line + "\n" + run.all()).isZero();
        return run.out().strip();
    }

    private static void need(boolean there, String otherwise) {
        if (!there) {
            System.out.println(otherwise);
        }
        assumeTrue(there, otherwise);
    }
}
