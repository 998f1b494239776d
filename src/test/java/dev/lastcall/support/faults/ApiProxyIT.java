package dev.lastcall.support.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.lastcall.support.controlplane.ControlPlane;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The proxy's claims: invisible until told otherwise, exact in what it breaks and what it remembers. */
class ApiProxyIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final ControlPlane plane = ControlPlane.shared();
    private final String namespace = plane.newNamespace("proxy");
    private final String path = "/api/v1/namespaces/" + namespace + "/configmaps";
    private ApiProxy proxy;
    private KubernetesClient client;

    @BeforeEach
    void connect() throws IOException {
        proxy = ApiProxy.before(plane);
        client = client(true);
    }

    @AfterEach
    void disconnect() {
        client.close();
        proxy.close();
    }

    @Test
    void requests_pass_and_are_recorded_with_what_was_said() {
        create("one");

        assertThat(plane.client()
                        .configMaps()
                        .inNamespace(namespace)
                        .withName("one")
                        .get())
                .isNotNull();
        RecordedRequest request = proxy.requests("POST", path).getFirst();
        assertThat(request.status()).isEqualTo(201);
        assertThat(request.body()).contains("\"one\"");
        assertThat(request.fault()).isEmpty();
        assertThat(request.answeredNanos() - request.receivedNanos()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_watch_streams_through_over_plain_http_and_over_a_websocket(boolean plainHttp) {
        try (KubernetesClient watcher = client(plainHttp);
                SharedIndexInformer<ConfigMap> informer =
                        watcher.configMaps().inNamespace(namespace).inform()) {
            await().atMost(PATIENCE).until(() -> watches() == 1);
            create("seen");
            await().atMost(PATIENCE)
                    .until(() -> informer.getStore().list().stream()
                            .anyMatch(map -> map.getMetadata().getName().equals("seen")));

            proxy.cutWatches();
            create("seen-after-the-cut");

            await().atMost(PATIENCE)
                    .until(() -> informer.getStore().list().stream()
                            .anyMatch(map -> map.getMetadata().getName().equals("seen-after-the-cut")));
            assertThat(watches()).isGreaterThan(1);
        }
    }

    @Test
    void a_refusal_is_the_proxys_own_and_used_up_after_its_count() {
        InjectedFault fault =
                proxy.inject(Fault.on("POST", path).refuse(409, "Conflict").times(1));

        assertThatThrownBy(() -> create("one")).isInstanceOfSatisfying(KubernetesClientException.class, refused -> {
            assertThat(refused.getCode()).isEqualTo(409);
            assertThat(refused.getStatus().getReason()).isEqualTo("Conflict");
        });
        assertThat(plane.client()
                        .configMaps()
                        .inNamespace(namespace)
                        .withName("one")
                        .get())
                .isNull();
        create("one");

        assertThat(fault.hits()).isEqualTo(1);
        assertThat(proxy.requests("POST", path))
                .extracting(RecordedRequest::status)
                .containsExactly(409, 201);
    }

    @Test
    void an_answer_that_is_lost_leaves_the_deed_done() {
        proxy.inject(Fault.on("POST", path).dropAnswer().times(1));

        assertThatThrownBy(() -> create("done")).isInstanceOf(KubernetesClientException.class);

        assertThat(plane.client()
                        .configMaps()
                        .inNamespace(namespace)
                        .withName("done")
                        .get())
                .isNotNull();
        assertThat(proxy.requests("POST", path))
                .extracting(RecordedRequest::status)
                .containsExactly(0);
    }

    @Test
    void a_dropped_request_never_reaches_the_server() {
        proxy.inject(Fault.on("POST", path).drop().times(1));

        assertThatThrownBy(() -> create("never")).isInstanceOf(KubernetesClientException.class);

        assertThat(plane.client()
                        .configMaps()
                        .inNamespace(namespace)
                        .withName("never")
                        .get())
                .isNull();
    }

    @Test
    void a_delay_holds_the_request_back() {
        Duration pause = Duration.ofMillis(700);
        proxy.inject(Fault.on("GET", ".*/configmaps/.*").delay(pause).times(1));

        assertThat(client.configMaps().inNamespace(namespace).withName("nobody").get())
                .isNull();

        RecordedRequest request = proxy.requests("GET", ".*/nobody").getFirst();
        assertThat(request.status()).isEqualTo(404);
        assertThat(Duration.ofNanos(request.answeredNanos() - request.receivedNanos()))
                .isGreaterThanOrEqualTo(pause);
    }

    @Test
    void an_outage_breaks_everything_until_it_is_healed() {
        create("before");
        proxy.outage();
        assertThatThrownBy(() -> create("during")).isInstanceOf(KubernetesClientException.class);

        proxy.heal();

        // The client may still hold a connection that the outage broke, and learns so by using it.
        await("the client found a whole connection")
                .atMost(PATIENCE)
                .ignoreExceptionsInstanceOf(KubernetesClientException.class)
                .until(() -> client.configMaps().inNamespace(namespace).list() != null);
        create("after");
        assertThat(plane.client().configMaps().inNamespace(namespace).list().getItems())
                .extracting(map -> map.getMetadata().getName())
                .contains("before", "after")
                .doesNotContain("during");
    }

    @Test
    void an_answer_is_sent_as_it_was_written() throws IOException, InterruptedException {
        proxy.inject(Fault.onAll().answer(429, Map.of("Retry-After", "7"), "slow down"));

        try (HttpClient plain = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = plain.send(
                    HttpRequest.newBuilder(URI.create(proxy.url() + "/api")).build(),
                    HttpResponse.BodyHandlers.ofString());

            assertThat(answer.statusCode()).isEqualTo(429);
            assertThat(answer.headers().firstValue("Retry-After")).contains("7");
            assertThat(answer.body()).isEqualTo("slow down");
        }
    }

    private long watches() {
        return proxy.requests("GET", path).stream()
                .filter(RecordedRequest::isWatch)
                .count();
    }

    private void create(String name) {
        client.configMaps()
                .resource(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace(namespace)
                        .endMetadata()
                        .build())
                .create();
    }

    private KubernetesClient client(boolean plainHttpWatches) {
        Config config = new ConfigBuilder(Config.empty())
                .withMasterUrl(proxy.url())
                .withOauthToken(plane.tokenOf(ControlPlane.ADMIN))
                .withRequestRetryBackoffLimit(0)
                .withWatchReconnectInterval(200)
                .withOnlyHttpWatches(plainHttpWatches)
                .build();
        return new KubernetesClientBuilder().withConfig(config).build();
    }
}
