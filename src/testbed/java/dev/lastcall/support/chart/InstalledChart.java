package dev.lastcall.support.chart;

import dev.lastcall.support.controlplane.ControlPlane;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The chart, installed by the real Helm on the real API server, until it is closed. A release of its own name leaves the
 * cluster-wide objects of other tests alone.
 */
public final class InstalledChart implements AutoCloseable {

    private final ControlPlane plane;
    private final String release;
    private final String namespace;
    private boolean installed = true;

    private InstalledChart(ControlPlane plane, String release, String namespace) {
        this.plane = plane;
        this.release = release;
        this.namespace = namespace;
    }

    /** @param arguments more for {@code helm install}, such as {@code --set} */
    public static InstalledChart install(ControlPlane plane, String release, String... arguments) {
        InstalledChart chart = new InstalledChart(plane, release, plane.newNamespace(release));
        chart.apply("install", arguments);
        return chart;
    }

    /** {@code helm upgrade}: values that are not given again fall back to the chart's. */
    public void upgrade(String... arguments) {
        apply("upgrade", arguments);
    }

    /** {@code helm uninstall}; the namespace stays until {@link #close}. */
    public void uninstall(String... arguments) {
        helm("uninstall", arguments);
        installed = false;
    }

    /**
     * Everything in the cluster that carries the release's label, of whatever kind, as {@code KIND NAMESPACE/NAME}: also what
     * controllers have made of the chart's objects.
     */
    public List<String> objects() {
        return Labelled.objects(plane.client(), "app.kubernetes.io/instance=" + release);
    }

    /** Helm's own notes about its releases in the namespace. */
    public List<String> releaseRecords() {
        return plane.client().secrets().inNamespace(namespace).withLabel("owner", "helm").list().getItems().stream()
                .map(secret -> secret.getMetadata().getName())
                .toList();
    }

    /** {@code helm rollback} to the revision before. */
    public void rollback(String... arguments) {
        helm("rollback", arguments);
    }

    /**
     * The PodMonitor and the ServiceMonitor that these values would bring; their definitions are not installed on the testbed's
     * API server.
     */
    public String monitors(String... arguments) {
        return helm(
                        "template",
                        Stream.concat(
                                        Stream.of(
                                                Chart.DIRECTORY.toString(),
                                                "-f",
                                                Chart.IMAGE_VALUES,
                                                "--show-only",
                                                "templates/monitors.yaml"),
                                        Arrays.stream(arguments))
                                .toArray(String[]::new))
                .out();
    }

    public String namespace() {
        return namespace;
    }

    /** An administrator's way to the API server. */
    public Path kubeconfig() {
        return plane.kubeconfig();
    }

    /** The prefix of its objects' names, which is also the name of its ServiceAccount. */
    public String name() {
        return release + "-lastcall";
    }

    /** As the API server and the audit log call it. */
    public String user() {
        return "system:serviceaccount:" + namespace + ":" + name();
    }

    /** The DaemonSet's pod on that node, once the controller has made it and it is bound. */
    public Optional<Pod> podOn(String node) {
        return plane
                .client()
                .pods()
                .inNamespace(namespace)
                .withLabel("app.kubernetes.io/instance", release)
                .list()
                .getItems()
                .stream()
                .filter(pod -> node.equals(pod.getSpec().getNodeName()))
                .findFirst();
    }

    /** What kubelet asks for when it projects a token into a pod: bound to the pod, and through it to its node. */
    public String projectedToken(Pod pod) {
        return plane.client()
                .serviceAccounts()
                .inNamespace(namespace)
                .withName(name())
                .tokenRequest(new TokenRequestBuilder()
                        .withNewSpec()
                        .withExpirationSeconds(3600L)
                        .withNewBoundObjectRef()
                        .withApiVersion("v1")
                        .withKind("Pod")
                        .withName(pod.getMetadata().getName())
                        .withUid(pod.getMetadata().getUid())
                        .endBoundObjectRef()
                        .endSpec()
                        .build())
                .getStatus()
                .getToken();
    }

    @Override
    public void close() {
        if (installed) {
            uninstall();
        }
        plane.client().namespaces().withName(namespace).delete();
    }

    private void apply(String verb, String... arguments) {
        helm(
                verb,
                // As a file, and first: a file or a value of the caller names another one; --set would overrule each
                // file.
                Stream.concat(Stream.of(Chart.DIRECTORY.toString(), "-f", Chart.IMAGE_VALUES), Arrays.stream(arguments))
                        .toArray(String[]::new));
    }

    private ToolRun helm(String verb, String... arguments) {
        ToolRun run = Chart.helm(Stream.of(
                        Stream.of(verb, release),
                        Arrays.stream(arguments),
                        Stream.of(
                                "--namespace",
                                namespace,
                                "--kubeconfig",
                                plane.kubeconfig().toString()))
                .flatMap(part -> part)
                .toArray(String[]::new));
        if (!run.successful()) {
            throw new IllegalStateException("helm " + verb + ": " + run.all());
        }
        return run;
    }
}
