package dev.lastcall.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.lastcall.support.faults.TlsIdentity;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.HttpClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What kubelet exchanges on disk under a running pod reaches the client. */
class ApiClientTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Map<String, String> IN_CLUSTER = Map.of(
            "kubernetes.auth.tryKubeConfig", "false",
            "kubernetes.disable.autoConfig", "false",
            "kubernetes.auth.tryServiceAccount", "true");

    @TempDir
    private Path folder;

    private volatile String wantedToken = "";
    private @Nullable HttpsServer running;

    @AfterEach
    void tearDown() {
        HttpsServer server = running;
        if (server != null) {
            server.stop(0);
        }
    }

    @Test
    void a_new_ca_is_taken_from_disk_as_soon_as_the_old_one_no_longer_fits() throws Exception {
        TlsIdentity old = TlsIdentity.create(folder.resolve("old.p12"));
        TlsIdentity fresh = TlsIdentity.create(folder.resolve("fresh.p12"));
        Path ca = Files.writeString(folder.resolve("ca.crt"), old.certificate());
        int port = start(old, 0);
        Config config = new ConfigBuilder(Config.empty())
                .withMasterUrl("https://127.0.0.1:" + port)
                .withCaCertFile(ca.toString())
                .build();
        new ClientPolicy("1").customize(config);

        try (KubernetesClient client =
                        new KubernetesClientBuilder().withConfig(config).build();
                ApiClient renewable = new ApiClient(client)) {
            ApiServer api = new ApiServer(renewable);
            assertThat(api.get("/api", TIMEOUT).status()).isEqualTo(200);
            HttpClient before = api.connections();

            tearDown();
            assertThat(start(fresh, port)).isEqualTo(port);
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> api.get("/api", TIMEOUT).reason().startsWith("tls: "));
            assertThat(api.get("/api", TIMEOUT).status()).isZero();

            Files.writeString(ca, old.certificate() + fresh.certificate());
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> api.get("/api", TIMEOUT).status() == 200);
            assertThat(api.connections()).isNotSameAs(before);
        }
    }

    /** The configuration is copied once, as Quarkus does it. */
    @Test
    void a_rotated_token_is_taken_from_disk_as_soon_as_the_old_one_is_refused() throws Exception {
        TlsIdentity identity = TlsIdentity.create(folder.resolve("id.p12"));
        Path ca = Files.writeString(folder.resolve("ca.crt"), identity.certificate());
        Path token = Files.writeString(folder.resolve("token"), "one");
        wantedToken = "one";
        int port = start(identity, 0);
        IN_CLUSTER.forEach(System::setProperty);
        System.setProperty("KUBERNETES_SERVICE_HOST", "127.0.0.1");
        System.setProperty("KUBERNETES_SERVICE_PORT", String.valueOf(port));
        System.setProperty("kubernetes.certs.ca.file", ca.toString());
        System.setProperty("kubernetes.auth.serviceAccount.token", token.toString());
        try {
            Config config = new ConfigBuilder(Config.autoConfigure(null)).build();
            new ClientPolicy("1").customize(config);
            try (KubernetesClient client =
                    new KubernetesClientBuilder().withConfig(config).build()) {
                ApiServer api = new ApiServer(client);
                assertThat(api.get("/api", TIMEOUT).status()).isEqualTo(200);

                wantedToken = "two";
                assertThat(api.get("/api", TIMEOUT).status()).isEqualTo(401);
                Files.writeString(token, "two");
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> api.get("/api", TIMEOUT).status() == 200);
            }
        } finally {
            IN_CLUSTER.keySet().forEach(System::clearProperty);
            System.clearProperty("KUBERNETES_SERVICE_HOST");
            System.clearProperty("KUBERNETES_SERVICE_PORT");
            System.clearProperty("kubernetes.certs.ca.file");
            System.clearProperty("kubernetes.auth.serviceAccount.token");
        }
    }

    private int start(TlsIdentity identity, int port) throws IOException {
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(identity.context()));
        server.createContext("/", this::answer);
        server.start();
        running = server;
        return server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String token = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
        boolean welcome = wantedToken.isEmpty() || token.equals("Bearer " + wantedToken);
        exchange.sendResponseHeaders(welcome ? 200 : 401, -1);
        exchange.close();
    }
}
