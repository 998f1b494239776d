package dev.lastcall.support.controlplane;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real control plane on free loopback ports: etcd, kube-apiserver, kube-controller-manager and kube-scheduler.
 *
 * <p>The ServiceAccount admission plugin is off, so pods can be created in a namespace the moment it exists, unless it was
 * started by {@link #startWithServiceAccounts}; all other default admission, RBAC and the Node authorizer are on. Every
 * request is in {@link #auditLog()}.
 *
 * <p>A little over 300 lines: four programs in the order in which they start and stop.
 */
public final class ControlPlane implements AutoCloseable {

    /** May do everything. */
    public static final String ADMIN = "admin";
    /** The scripted kubelets' user; may do everything. */
    public static final String KUBELET = "kubelet";
    /** The agent's user; bound to cluster-admin by an ordinary ClusterRoleBinding of the same name. */
    public static final String AGENT = "lastcall";

    private static final Duration START_TIMEOUT = Duration.ofSeconds(90);
    private static final int ATTEMPTS = 3;

    private static final AtomicInteger STARTED = new AtomicInteger();

    private static @Nullable ControlPlane shared;

    private final ControlPlaneFiles files;
    private final Map<String, ControlPlaneUser> users;
    private final List<ChildProcess> children = new ArrayList<>();
    private final List<KubernetesClient> clients = new ArrayList<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final String server;
    private final String serviceNet;
    private final boolean serviceAccounts;
    private final ControlPlaneFlags flags;
    private final int etcdPort;
    private final Thread hook = new Thread(this::stop, "testbed-shutdown");

    private String lastRefusal = "";

    private ControlPlane(List<ControlPlaneUser> users, boolean serviceAccounts, ControlPlaneFlags flags)
            throws IOException {
        this.serviceAccounts = serviceAccounts;
        this.flags = flags;
        this.serviceNet = newServiceNet();
        this.users = users.stream().collect(Collectors.toMap(ControlPlaneUser::name, user -> user));
        this.files = ControlPlaneFiles.create(users);
        this.server = "https://127.0.0.1:" + FreePort.find();
        this.etcdPort = FreePort.find();
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /**
     * Starts a control plane of its own and returns when pods can be created and scheduled (about 3 s on two idle
     * cores).
     *
     * @param extraUsers beside {@link #ADMIN}, {@link #KUBELET} and {@link #AGENT}
     */
    public static ControlPlane start(ControlPlaneUser... extraUsers) {
        return start(false, ControlPlaneFlags.NONE, extraUsers);
    }

    /** As {@link #start}, for pods that speak to the API server: each gets the token of its service account. */
    public static ControlPlane startWithServiceAccounts(ControlPlaneUser... extraUsers) {
        return start(true, ControlPlaneFlags.NONE, extraUsers);
    }

    /** As {@link #start}, with more arguments for the programs. */
    public static ControlPlane startWith(ControlPlaneFlags flags) {
        return start(false, flags);
    }

    private static ControlPlane start(
            boolean serviceAccounts, ControlPlaneFlags flags, ControlPlaneUser... extraUsers) {
        TestbedBinaries binaries = TestbedBinaries.locate();
        List<ControlPlaneUser> users = Stream.concat(
                        Stream.of(
                                ControlPlaneUser.named(ADMIN, "system:masters"),
                                ControlPlaneUser.named(KUBELET, "system:masters"),
                                ControlPlaneUser.named(AGENT)),
                        Stream.of(extraUsers))
                .toList();
        for (int attempt = 1; ; attempt++) {
            try {
                ControlPlane plane = new ControlPlane(users, serviceAccounts, flags);
                try {
                    plane.boot(binaries);
                    return plane;
                } catch (RuntimeException | IOException e) {
                    String logs = plane.logTails();
                    plane.close();
                    // Somebody else may have taken a port between finding and binding it; nothing else is worth a
                    // retry.
                    if (attempt == ATTEMPTS || !logs.contains("address already in use")) {
                        throw new IllegalStateException("the control plane did not start: " + e.getMessage() + logs, e);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException("the control plane did not start", e);
            }
        }
    }

    /** The one control plane that all tests of this JVM share, started on first use, closed when the JVM ends. */
    public static synchronized ControlPlane shared() {
        ControlPlane running = shared;
        if (running == null || running.closed.get()) {
            running = start();
            shared = running;
        }
        return running;
    }

    /** Base URL, {@code https://127.0.0.1:PORT}. */
    public String server() {
        return server;
    }

    /** The address of Service {@code kubernetes}, which a real node makes good for its pods. */
    public String serviceAddress() {
        return serviceNet + ".1";
    }

    /** PEM file of the authority that signed the API server's certificate. */
    public Path authority() {
        return files.authority();
    }

    /** A kubeconfig for {@link #ADMIN}. */
    public Path kubeconfig() {
        return kubeconfigFor(ADMIN);
    }

    /** A kubeconfig for a user of the token file. */
    public Path kubeconfigFor(String user) {
        return files.writeKubeconfig(user, server, tokenOf(user));
    }

    /** A kubeconfig that signs in with any bearer token, for example one of {@link #tokenFor(String, String)}. */
    public Path kubeconfigWith(String name, String token) {
        return files.writeKubeconfig(name, server, token);
    }

    /** A kubeconfig for a user of the token file that speaks to {@code url} (a proxy) instead of the API server. */
    public Path kubeconfigVia(String url, String user) {
        return files.writeKubeconfig(user + "-via-" + url.replaceAll("\\W+", "-"), url, tokenOf(user));
    }

    /** True if that user is in the token file. */
    public boolean knows(String user) {
        return users.containsKey(user);
    }

    /** The bearer token of a user of the token file. */
    public String tokenOf(String user) {
        return Objects.requireNonNull(users.get(user), () -> "no user " + user + " in the token file")
                .token();
    }

    /** A fresh token of a service account, valid for an hour. */
    public String tokenFor(String namespace, String serviceAccount) {
        return client().serviceAccounts()
                .inNamespace(namespace)
                .withName(serviceAccount)
                .tokenRequest(new TokenRequestBuilder()
                        .withNewSpec()
                        .withExpirationSeconds(3600L)
                        .endSpec()
                        .build())
                .getStatus()
                .getToken();
    }

    /** {@link #ADMIN}'s client; closed with the control plane. */
    public synchronized KubernetesClient client() {
        return clients.isEmpty() ? newClient(tokenOf(ADMIN)) : clients.getFirst();
    }

    /** A new client of a user of the token file; closed with the control plane at the latest. */
    public KubernetesClient clientFor(String user) {
        return newClient(tokenOf(user));
    }

    /** A new client with any bearer token; closed with the control plane at the latest. */
    public synchronized KubernetesClient newClient(String token) {
        // Config.empty(): nothing from the user's kubeconfig, environment or service account.
        Config config = new ConfigBuilder(Config.empty())
                .withMasterUrl(server)
                .withCaCertFile(files.authority().toString())
                .withOauthToken(token)
                .withNamespace("default")
                .withRequestRetryBackoffLimit(0)
                .build();
        KubernetesClient client =
                new KubernetesClientBuilder().withConfig(config).build();
        clients.add(client);
        return client;
    }

    public AuditLog auditLog() {
        return new AuditLog(files.auditLog());
    }

    /** Creates a namespace with a fresh name that starts with {@code prefix}, so that tests do not meet. */
    public String newNamespace(String prefix) {
        return client().namespaces()
                .resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withGenerateName(prefix + "-")
                        .endMetadata()
                        .build())
                .create()
                .getMetadata()
                .getName();
    }

    /** The child processes, alive or not. */
    public List<ProcessHandle> processes() {
        return children.stream().map(ChildProcess::handle).toList();
    }

    /** Kills everything at once: nothing of a control plane for tests is worth an orderly end. */
    @Override
    public void close() {
        stop();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is going down: the hook is running or done, and stop() is idempotent.
            return;
        }
    }

    private void stop() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        synchronized (this) {
            clients.forEach(KubernetesClient::close);
        }
        children.reversed().forEach(ChildProcess::close);
        files.delete();
    }

    private void boot(TestbedBinaries binaries) throws IOException {
        ControlPlaneCommands commands = new ControlPlaneCommands(files, serviceNet, serviceAccounts, flags);
        launch(binaries, "etcd", commands.etcd(etcdPort, FreePort.find()));
        launch(binaries, "kube-apiserver", commands.apiServer(URI.create(server).getPort(), etcdPort));
        // The key is written after the certificate: a client that meets half a certificate trusts nobody for ever.
        await("the API server's certificate", () -> Files.exists(files.authorityWritten()));
        await("the API server", this::ready);
        launch(binaries, "kube-controller-manager", commands.controllerManager(kubeconfig()));
        launch(binaries, "kube-scheduler", commands.scheduler(kubeconfig()));
        letTheAgentIn();
        await(
                "the controller manager",
                () -> client().serviceAccounts()
                                .inNamespace("default")
                                .withName("default")
                                .get()
                        != null);
    }

    /** One /24 a control plane, so that several on one machine, each with a node, do not meet. */
    private static String newServiceNet() {
        long number = ProcessHandle.current().pid() * 8 + STARTED.getAndIncrement() % 8;
        return "10.%d.%d".formatted(96 + number / 256 % 32, number % 256);
    }

    private void letTheAgentIn() {
        client().rbac()
                .clusterRoleBindings()
                .resource(new ClusterRoleBindingBuilder()
                        .withNewMetadata()
                        .withName(AGENT)
                        .endMetadata()
                        .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", "cluster-admin")
                        .addNewSubject("rbac.authorization.k8s.io", "User", AGENT, null)
                        .build())
                .create();
    }

    private boolean ready() {
        try {
            return "ok".equals(client().raw("/readyz"));
        } catch (KubernetesClientException e) {
            lastRefusal = e.toString();
            return false;
        }
    }

    private void launch(TestbedBinaries binaries, String program, List<String> arguments) throws IOException {
        List<String> command = Stream.concat(Stream.of(binaries.path(program).toString()), arguments.stream())
                .toList();
        children.add(ChildProcess.start(program, command, Map.of(), files.log(program)));
    }

    private void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (!condition.getAsBoolean()) {
            for (ChildProcess child : children) {
                if (!child.alive()) {
                    throw new IllegalStateException(child.name() + " ended while waiting for " + what);
                }
            }
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException(
                        what + " was not ready within " + START_TIMEOUT.toSeconds() + " s; " + lastRefusal);
            }
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
    }

    private String logTails() {
        return IntStream.range(0, children.size())
                .mapToObj(i -> "\n" + children.get(i).tail(20))
                .collect(Collectors.joining());
    }
}
