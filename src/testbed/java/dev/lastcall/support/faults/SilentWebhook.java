package dev.lastcall.support.faults;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingWebhookConfiguration;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingWebhookConfigurationBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An admission webhook for the evictions of one namespace that takes each question and never answers. The API server waits for it for 30 s, as
 * long as a webhook may take, and keeps the eviction to itself meanwhile.
 */
public final class SilentWebhook implements AutoCloseable {
    private final KubernetesClient client;
    private final ValidatingWebhookConfiguration configuration;
    private final HttpsServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();

    private SilentWebhook(KubernetesClient client, String namespace, TlsIdentity identity) throws IOException {
        this.client = client;
        this.server = HttpsServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(identity.context()));
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            asked.incrementAndGet();
            try {
                closed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.close();
        });
        server.start();
        this.configuration = client.resource(
                        configuration(namespace, identity, server.getAddress().getPort()))
                .create();
    }

    /** @param folder for its key */
    public static SilentWebhook over(KubernetesClient client, String namespace, Path folder)
            throws IOException, InterruptedException {
        return new SilentWebhook(client, namespace, TlsIdentity.create(folder.resolve("webhook.p12")));
    }

    /** How many evictions it has been asked about. */
    public int asked() {
        return asked.get();
    }

    private static ValidatingWebhookConfiguration configuration(String namespace, TlsIdentity identity, int port) {
        return new ValidatingWebhookConfigurationBuilder()
                .withNewMetadata()
                .withName("silent-" + namespace)
                .endMetadata()
                .addNewWebhook()
                .withName("silent.example.org")
                .withSideEffects("None")
                .withFailurePolicy("Fail")
                .withTimeoutSeconds(30)
                .withAdmissionReviewVersions("v1")
                .withNewNamespaceSelector()
                .withMatchLabels(Map.of("kubernetes.io/metadata.name", namespace))
                .endNamespaceSelector()
                .addNewRule()
                .withApiGroups("")
                .withApiVersions("v1")
                .withResources("pods/eviction")
                .withOperations("CREATE")
                .endRule()
                .withNewClientConfig()
                .withUrl("https://127.0.0.1:" + port + "/")
                .withCaBundle(Base64.getEncoder()
                        .encodeToString(identity.certificate().getBytes(StandardCharsets.US_ASCII)))
                .endClientConfig()
                .endWebhook()
                .build();
    }

    @Override
    public void close() {
        client.resource(configuration).delete();
        closed.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
