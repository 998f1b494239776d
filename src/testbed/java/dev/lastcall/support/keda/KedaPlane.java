package dev.lastcall.support.keda;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.chart.DryRun;
import dev.lastcall.support.chart.ServingChart;
import dev.lastcall.support.controlplane.ChildProcess;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.controlplane.ControlPlaneFlags;
import dev.lastcall.support.controlplane.FreePort;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * A control plane with KEDA: its operator, and its metrics adapter behind the API server's aggregation layer. The HPA looks every
 * two seconds, and knows the field {@code tolerance}. No pod runs: a Deployment scales by its number of replicas.
 *
 * <p>The adapter's own metrics port listens on every address; no flag changes that.
 */
public final class KedaPlane implements AutoCloseable {

    /** What to print where KEDA is not built. */
    public static final String SKIPPED =
            "skipped: KEDA is not built yet (or Go is missing); make test-serving builds it (10 to 20 minutes, once)";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration START = Duration.ofSeconds(120);

    private final Path directory;
    private final ControlPlane plane;
    private final List<ChildProcess> children = new ArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();

    private KedaPlane(Path directory, ControlPlane plane) {
        this.directory = directory;
        this.plane = plane;
    }

    public static boolean programsAreThere() {
        return Files.isExecutable(ServingChart.tools().resolve("bin/keda"))
                && Files.isExecutable(ServingChart.tools().resolve("bin/keda-adapter"));
    }

    /** Returns when the API server answers for external metrics. */
    public static KedaPlane start(Path directory) throws IOException {
        KedaCertificates certificates = KedaCertificates.create(directory.resolve("certificates"));
        ControlPlane plane = ControlPlane.startWith(new ControlPlaneFlags(
                List.of(
                        "--requestheader-client-ca-file=" + certificates.file("front-proxy-ca.crt"),
                        "--requestheader-allowed-names=front-proxy-client",
                        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
                        "--requestheader-group-headers=X-Remote-Group",
                        "--requestheader-username-headers=X-Remote-User",
                        "--proxy-client-cert-file=" + certificates.file("front-proxy.crt"),
                        "--proxy-client-key-file=" + certificates.file("front-proxy.key"),
                        "--feature-gates=HPAConfigurableTolerance=true"),
                List.of(
                        "--horizontal-pod-autoscaler-sync-period=2s",
                        "--feature-gates=HPAConfigurableTolerance=true")));
        KedaPlane keda = new KedaPlane(directory, plane);
        try {
            keda.boot(certificates);
            return keda;
        } catch (RuntimeException | IOException e) {
            String logs =
                    keda.children.stream().map(child -> "\n" + child.tail(20)).reduce("", String::concat);
            keda.close();
            throw new IllegalStateException("KEDA did not start: " + e.getMessage() + logs, e);
        }
    }

    public ControlPlane plane() {
        return plane;
    }

    public KubernetesClient client() {
        return plane.client();
    }

    /** The last lines of the operator's and the adapter's log. */
    public String logs() {
        return children.stream().map(child -> child.tail(15)).reduce("", (a, b) -> a + "\n" + b);
    }

    /** The programs of KEDA that ended although nobody told them to, with the last lines of their logs; none, and KEDA runs. */
    public List<String> ended() {
        return children.stream()
                .filter(child -> !child.alive())
                .map(child -> child.name() + " has ended:\n" + child.tail(15))
                .toList();
    }

    /** Status of a condition of a ScaledObject; empty while it has none. */
    public String condition(String namespace, String scaledObject, String type) {
        JsonNode status = JSON.valueToTree(client().genericKubernetesResources("keda.sh/v1alpha1", "ScaledObject")
                        .inNamespace(namespace)
                        .withName(scaledObject)
                        .get())
                .path("status");
        for (JsonNode condition : status.path("conditions")) {
            if (condition.path("type").asText().equals(type)) {
                return condition.path("status").asText();
            }
        }
        return "";
    }

    private void boot(KedaCertificates certificates) throws IOException {
        KubernetesClient client = plane.client();
        int adapterPort = FreePort.find();
        apply("""
                apiVersion: v1
                kind: Namespace
                metadata: {name: keda}
                """);
        new DryRun(client, "keda").define(ServingChart.definitions());
        try (Stream<Path> roles = Files.list(ServingChart.tools().resolve("rbac"))) {
            for (Path file : roles.sorted().toList()) {
                apply(Files.readString(file));
            }
        }
        apply("""
                apiVersion: v1
                kind: ServiceAccount
                metadata: {name: keda-operator, namespace: keda}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: keda-metrics-apiserver, namespace: keda}
                spec: {type: ExternalName, externalName: "127.0.0.1"}
                ---
                apiVersion: apiregistration.k8s.io/v1
                kind: APIService
                metadata: {name: v1beta1.external.metrics.k8s.io}
                spec:
                  group: external.metrics.k8s.io
                  version: v1beta1
                  groupPriorityMinimum: 100
                  versionPriority: 100
                  service: {name: keda-metrics-apiserver, namespace: keda, port: %d}
                  caBundle: %s
                """.formatted(
                adapterPort, Base64.getEncoder().encodeToString(Files.readAllBytes(certificates.file("ca.crt")))));
        String kubeconfig = plane.kubeconfigWith("keda", plane.tokenFor("keda", "keda-operator"))
                .toString();
        int health = FreePort.find();
        int metrics = FreePort.find();
        launch(
                "keda",
                kubeconfig,
                "--metrics-bind-address=127.0.0.1:" + FreePort.find(),
                "--health-probe-bind-address=127.0.0.1:" + health,
                "--metrics-service-bind-address=127.0.0.1:" + metrics,
                "--cert-dir=" + certificates.keda(),
                "--enable-cert-rotation=false");
        await("the operator", () -> answers(health, "/readyz") && open(metrics));
        launch(
                "keda-adapter",
                kubeconfig,
                "--bind-address=127.0.0.1",
                "--secure-port=" + adapterPort,
                "--port=" + FreePort.find(),
                "--metrics-service-address=127.0.0.1:" + metrics,
                "--cert-dir=" + certificates.keda(),
                "--tls-cert-file=" + certificates.keda().resolve("tls.crt"),
                "--tls-private-key-file=" + certificates.keda().resolve("tls.key"),
                "--client-ca-file=" + certificates.keda().resolve("ca.crt"),
                "--authentication-kubeconfig=" + kubeconfig,
                "--authorization-kubeconfig=" + kubeconfig,
                "--lister-kubeconfig=" + kubeconfig);
        await("the API of external metrics", this::available);
    }

    private boolean available() {
        return plane.client()
                .raw("/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io")
                .replaceAll("\\s", "")
                .contains("\"reason\":\"Passed\"");
    }

    /** Applies every document, as a user of {@code kubectl apply --server-side} would. */
    public void apply(String yaml) {
        KubernetesClient client = plane.client();
        try (InputStream stream = new java.io.ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8))) {
            for (HasMetadata object : client.load(stream).items()) {
                client.resource(object).forceConflicts().serverSideApply();
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void launch(String program, String kubeconfig, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(ServingChart.tools().resolve("bin").resolve(program).toString()));
        command.addAll(List.of(arguments));
        children.add(ChildProcess.start(
                program,
                command,
                Map.of(
                        "KUBECONFIG", kubeconfig,
                        // Set and empty: all namespaces.
                        "WATCH_NAMESPACE", "",
                        "POD_NAMESPACE", "keda",
                        "KEDA_CLUSTER_OBJECT_NAMESPACE", "keda"),
                directory.resolve(program + ".log")));
    }

    private boolean answers(int port, String path) {
        try {
            return http.send(
                                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                            .timeout(Duration.ofSeconds(5))
                                            .build(),
                                    HttpResponse.BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static boolean open(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    private void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + START.toNanos();
        while (!condition.getAsBoolean()) {
            for (ChildProcess child : children) {
                if (!child.alive()) {
                    throw new IllegalStateException(child.name() + " ended while waiting for " + what);
                }
            }
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException(what + " was not there within " + START.toSeconds() + " s");
            }
            LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
        }
    }

    @Override
    public void close() {
        children.reversed().forEach(ChildProcess::close);
        plane.close();
        http.close();
    }
}
