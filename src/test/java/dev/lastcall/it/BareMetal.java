package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.ToolRun;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.controlplane.ControlPlaneUser;
import dev.lastcall.support.controlplane.FreePort;
import dev.lastcall.support.images.SavedImage;
import dev.lastcall.support.node.RealNode;
import dev.lastcall.support.nvml.NvmlSim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A newcomer's own machine, with the kinds of the GPU operator and of the Prometheus operator, and the lines that the documents give
 * them. Replaced in those lines are the image's name and the node's.
 */
final class BareMetal implements AutoCloseable {

    static final String NODE = "gpu-node";

    private final SavedImage image;
    private final Path folder;
    private final ControlPlane plane;
    private final RealNode node;

    private BareMetal(SavedImage image, Path folder, ControlPlane plane, RealNode node) {
        this.image = image;
        this.folder = folder;
        this.plane = plane;
        this.node = node;
    }

    /** @param folder where images and values are written */
    static BareMetal start(SavedImage image, Path folder) throws Exception {
        ControlPlane plane = ControlPlane.startWithServiceAccounts(ControlPlaneUser.node(NODE));
        try {
            RealNode node = RealNode.start(plane, NODE, Map.of("nvidia.com/gpu.present", "true"));
            BareMetal machine = new BareMetal(image, folder, plane, node);
            try {
                node.importImage(image.plain(folder));
                machine.operatorsAreThere();
                return machine;
            } catch (Exception | AssertionError e) {
                node.close();
                throw e;
            }
        } catch (Exception | AssertionError e) {
            plane.close();
            throw e;
        }
    }

    private void operatorsAreThere() {
        succeeds("kubectl apply --server-side -f " + Chart.tools().resolve("crds"));
        // The testbed's own, which happens to have the name that Helm is about to use.
        succeeds("kubectl delete clusterrolebinding lastcall --ignore-not-found");
        thereIsARuntimeClass();
    }

    /** The GPU operator's. */
    void thereIsARuntimeClass() {
        succeeds("printf 'apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: nvidia}\nhandler: nvidia\n'"
                + " | kubectl apply -f -");
    }

    ControlPlane plane() {
        return plane;
    }

    RealNode node() {
        return node;
    }

    /** What the example for the JVM image adds, where that is the one that was built. */
    String valuesOfTheImage() {
        return image.name().endsWith("-jvm") ? "-f daemonset/examples/jvm-image.yaml " : "";
    }

    /** What differs from a newcomer's cluster: where the image comes from, and a port. */
    String settings() throws IOException {
        return """
                image: {tag: "%s", pullPolicy: Never}
                http: {port: %d}
                """.formatted(image.name().substring(image.name().lastIndexOf(':') + 1), FreePort.find());
    }

    /** What the GPU operator's runtime would bring into the container: a library with one GPU. */
    String driver() throws Exception {
        Path nvml = Files.createDirectories(node.directory().resolve("nvml"));
        NvmlSim.in(nvml, """
                {"gpus": [{"geometry": "a100-40", "uuid": "%s", "mig": true, "instances": [
                  {"profile": "3g.20gb", "start": 4, "gi": 1, "uuid": "MIG-a0000000-0000-0000-0000-000000000001"}]}]}
                """.formatted(Installation.GPU));
        return """
                config:
                  lastcall.gpu.library: /opt/nvml/libnvidia-ml.so.1
                extraVolumes:
                  - {name: nvml, hostPath: {path: "%s", type: Directory}}
                extraVolumeMounts:
                  - {name: nvml, mountPath: /opt/nvml, readOnly: true}
                """.formatted(nvml);
    }

    /** A line of README, for own machines and with an image that is there. */
    String line(String beginning) throws IOException {
        String repository = image.name().substring(0, image.name().lastIndexOf(':'));
        return first("README.md", beginning)
                .replaceFirst(" +#.*$", "")
                .replace("daemonset/examples/eks.yaml", "daemonset/examples/bare-metal.yaml")
                .replace("REGISTRY/lastcall-agent", repository);
    }

    /** The documented line that runs {@code doctor} in the pod. */
    String doctor() throws IOException {
        return image.name().endsWith("-jvm")
                ? first("docs/DOCTOR.md", "kubectl -n lastcall exec daemonset/lastcall -- /usr/lib/lastcall/jre")
                : line("kubectl -n lastcall exec daemonset/lastcall");
    }

    private static String first(String page, String beginning) throws IOException {
        return Files.readAllLines(Path.of(page)).stream()
                .filter(each -> each.startsWith(beginning))
                .findFirst()
                .orElseThrow(() -> new AssertionError(beginning + " stands nowhere in " + page));
    }

    String succeeds(String line) {
        ToolRun run = run(line);
        assertThat(run.code()).as(line + "\n" + run.all()).isZero();
        return run.out().strip();
    }

    ToolRun run(String line) {
        Map<String, String> environment = new HashMap<>(Chart.environment());
        environment.put("KUBECONFIG", plane.kubeconfig().toString());
        environment.put("KUBECACHEDIR", folder.resolve("kube-cache").toString());
        environment.put("PATH", Chart.tools() + ":" + System.getenv("PATH"));
        return ToolRun.of(List.of("timeout", "170", "bash", "-euc", line), environment);
    }

    @Override
    public void close() {
        node.close();
        plane.close();
    }
}
