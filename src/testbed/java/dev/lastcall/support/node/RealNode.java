package dev.lastcall.support.node;

import dev.lastcall.support.controlplane.ChildProcess;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.controlplane.ControlPlaneUser;
import dev.lastcall.support.controlplane.FreePort;
import dev.lastcall.support.controlplane.TestbedBinaries;
import dev.lastcall.support.images.TestImages;
import dev.lastcall.support.process.TcpForward;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * A real node of a {@link ControlPlane}: kubelet, containerd, runc and CNI, with real containers.
 *
 * <p>All of it lives in mount and process namespaces of its own, made by {@code src/test/testbed/node-init}: inside, paths are
 * the usual ones ({@code /var/lib/kubelet}, {@code /run/containerd}), outside nothing appears but one temporary directory, one
 * control group and one bridge. One kill ends every process and every mount; a containerd or Docker of the machine is never
 * touched. Pods reach this machine and each other, and this machine reaches them; of Services they reach {@code kubernetes}
 * alone, for there is no kube-proxy and no DNS.
 */
public final class RealNode implements AutoCloseable {

    static final String CGROUP = "lastcall-";

    private static final Duration LIMIT = Duration.ofSeconds(90);

    private final ControlPlane plane;
    private final String name;
    private final NodeFiles files;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Thread hook = new Thread(this::stop, "node-shutdown");
    private @Nullable NodeCgroups cgroups;
    private @Nullable NodeNetwork network;
    private @Nullable TcpForward api;
    private @Nullable NodeNamespaces namespaces;
    private @Nullable ChildProcess kubelet;

    private RealNode(ControlPlane plane, String name) throws IOException {
        this.plane = plane;
        this.name = name;
        this.files = NodeFiles.create();
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Skips the test, with the reason printed, where this machine cannot have a real node. */
    public static void assumePossible() {
        Optional<String> missing = NodeNeeds.missing();
        missing.ifPresent(reason -> System.out.println("skipped: " + reason));
        Assumptions.assumeTrue(missing.isEmpty(), () -> missing.orElse(""));
    }

    /**
     * Starts a node and returns when it is Ready and pods can be scheduled to it (some 10 s). Call {@link #assumePossible()}
     * first. Kubelet signs in as {@code system:node:NAME} if the control plane was started with
     * {@link ControlPlaneUser#node(String)}, else as {@link ControlPlane#KUBELET}.
     *
     * @param labels put on the Node by kubelet
     */
    public static RealNode start(ControlPlane plane, String name, Map<String, String> labels) {
        NodeNeeds.insistOnPrograms();
        try {
            NodeCgroups.sweep(CGROUP);
            NodeNetwork.sweep();
            NodeFiles.sweep();
            RealNode node = new RealNode(plane, name);
            try {
                node.boot(labels);
                return node;
            } catch (RuntimeException | IOException e) {
                String logs = node.logTails();
                node.close();
                throw new IllegalStateException("node " + name + " did not start: " + e.getMessage() + logs, e);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("node " + name + " did not start", e);
        }
    }

    public String name() {
        return name;
    }

    /** The admin's client; it belongs to the control plane. */
    public KubernetesClient client() {
        return plane.client();
    }

    /** The Node object as it is now. */
    public Node object() {
        return client().nodes().withName(name).require();
    }

    /** The node's address: processes of this machine listen on it for pods, host-network pods have it. */
    public String address() {
        return started(network).address();
    }

    /** Everything the node has on disk. */
    public Path directory() {
        return files.root();
    }

    /** kubelet's directory as this machine sees it; inside it is {@code /var/lib/kubelet}. */
    public Path kubeletDirectory() {
        return files.kubelet();
    }

    /** kubelet's PodResources socket as this machine sees it. */
    public Path podResourcesSocket() {
        return files.kubelet().resolve("pod-resources/kubelet.sock");
    }

    /** {@code /proc/driver} of the node, empty at first: where NVIDIA's kernel module lists MIG capabilities. */
    public Path procDriver() {
        return files.procDriver();
    }

    /** A file as the node sees it, mounts included: a pod's token is in a file system that exists only inside. */
    public Path view(String path) {
        return started(namespaces).view(path);
    }

    /** Imports an archive of {@code docker save} or of {@link dev.lastcall.support.images.ImageTar}. */
    public void importImage(Path tar) {
        Command done = started(namespaces).run("ctr", "--namespace", "k8s.io", "images", "import", tar.toString());
        if (!done.ok()) {
            throw new IllegalStateException("cannot import " + tar + ": " + done.output());
        }
    }

    /** Starts a program inside the node's namespaces; it ends with the node at the latest. */
    public ChildProcess run(String program, List<String> command, Map<String, String> environment) throws IOException {
        return started(namespaces).start(program, command, environment);
    }

    /** Ends a program of {@link #run} by SIGKILL: closing its {@link ChildProcess} would leave it behind its nsenter. */
    public void end(ChildProcess child) {
        started(namespaces).end(child);
    }

    /** Kills kubelet and starts it again, as an upgrade or a crash would; containers go on. Returns when it has registered. */
    public void restartKubelet() throws IOException {
        end(started(kubelet));
        Files.deleteIfExists(podResourcesSocket());
        launchKubelet(Map.of());
        await("the PodResources socket", () -> Files.exists(podResourcesSocket()));
        await("the node", this::schedulable);
    }

    /** Everything a container has written so far, through all its restarts. */
    public String podLog(String namespace, String pod, String container) throws IOException {
        return files.podLog(namespace, pod, container);
    }

    /** The last lines of every program's log, for a failed assertion. */
    public String logTails() {
        return namespaces == null ? "" : namespaces.logTails();
    }

    /** Removes the node and its pods from the cluster, ends every process and leaves nothing behind. */
    @Override
    public void close() {
        if (!closed.get()) {
            leaveCluster();
        }
        stop();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is going down: the hook is running or done, and stop() is idempotent.
            return;
        }
    }

    private void boot(Map<String, String> labels) throws IOException {
        cgroups = NodeCgroups.create(NodeName.next(CGROUP));
        network = NodeNetwork.create();
        network.alsoKnownAs(plane.serviceAddress());
        api = TcpForward.open(
                new InetSocketAddress(plane.serviceAddress(), 443),
                URI.create(plane.server()).getPort());
        NodeNamespaces inside = NodeNamespaces.enter(files);
        namespaces = inside;
        Path config = files.containerdConfig(
                network.cni(files.leases()), NodeNeeds.cniPlugins().orElseThrow(), TestImages.PAUSE);
        run("containerd", List.of("containerd", "--config", config.toString()), Map.of());
        await("containerd", () -> inside.run("ctr", "version").ok());
        Path pause = TestImages.pause(files.root());
        importImage(pause);
        Files.delete(pause);
        files.kubeletConfig(network.address(), FreePort.find(), cgroups.path());
        launchKubelet(labels);
        await("the node", this::schedulable);
    }

    private void launchKubelet(Map<String, String> labels) throws IOException {
        String user = ControlPlaneUser.node(name).name();
        kubelet = run(
                "kubelet",
                List.of(
                        TestbedBinaries.locate().path("kubelet").toString(),
                        "--config=" + files.root().resolve("kubelet.yaml"),
                        "--kubeconfig=" + plane.kubeconfigFor(plane.knows(user) ? user : ControlPlane.KUBELET),
                        "--cert-dir=" + files.root().resolve("pki"),
                        "--hostname-override=" + name,
                        "--node-ip=" + address(),
                        "--node-labels="
                                + labels.entrySet().stream()
                                        .map(label -> label.getKey() + "=" + label.getValue())
                                        .collect(Collectors.joining(","))),
                Map.of());
    }

    private boolean schedulable() {
        Node node = client().nodes().withName(name).get();
        return node != null
                && node.getSpec().getTaints().isEmpty()
                && node.getStatus().getConditions().stream()
                        .anyMatch(c ->
                                c.getType().equals("Ready") && c.getStatus().equals("True"));
    }

    private void leaveCluster() {
        try {
            client().pods()
                    .inAnyNamespace()
                    .withField("spec.nodeName", name)
                    .withGracePeriod(0)
                    .delete();
            client().nodes().withName(name).delete();
        } catch (KubernetesClientException e) {
            System.out.println("testbed: node " + name + " stays in the cluster: " + e.getMessage());
        }
    }

    private void stop() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        if (namespaces != null) {
            namespaces.close();
        }
        if (api != null) {
            api.close();
        }
        if (network != null) {
            network.delete();
        }
        if (cgroups != null) {
            cgroups.delete();
        }
        files.delete();
    }

    private void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            started(namespaces).ended().ifPresent(child -> {
                throw new IllegalStateException(child.name() + " ended while waiting for " + what);
            });
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException(what + " was not ready within " + LIMIT.toSeconds() + " s");
            }
            LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
        }
    }

    private static <T> T started(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("the node is not started");
        }
        return part;
    }
}
