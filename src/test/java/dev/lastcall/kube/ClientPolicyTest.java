package dev.lastcall.kube;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.config.NodeName;
import dev.lastcall.drain.EvictionAnswer;
import dev.lastcall.drain.PodRef;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

/** The library retries a 429 ten times by itself: 19 s of a notice that may have 30. */
class ClientPolicyTest {

    private static final PodRef POD = new PodRef("ns", "a", "u-1");

    @Test
    void a_refused_eviction_is_one_request_and_the_answer_comes_at_once() throws IOException {
        try (ApiServerDouble server = new ApiServerDouble()) {
            server.replies.add(exchange -> {
                exchange.getResponseHeaders().add("Retry-After", "7");
                ApiServerDouble.answer(429, "{}").to(exchange);
            });
            KubePods pods = new KubePods(server.client(), new NodeName("n"), InstantSource.system());

            assertThat(pods.evict(POD, Duration.ofSeconds(5), Duration.ofSeconds(15)))
                    .isEqualTo(new EvictionAnswer.Throttled(Duration.ofSeconds(7)));
            assertThat(pods.evict(POD, Duration.ofSeconds(5), Duration.ofSeconds(15)))
                    .isInstanceOfSatisfying(
                            EvictionAnswer.Failed.class,
                            failed -> assertThat(failed.status()).isEqualTo(503));

            assertThat(server.requests)
                    .containsExactly(
                            "POST /api/v1/namespaces/ns/pods/a/eviction", "POST /api/v1/namespaces/ns/pods/a/eviction");
            assertThat(server.agents).containsOnly("lastcall/1.2.3");
        }
    }

    @Test
    void a_server_that_is_not_there_is_a_failure_with_a_word_and_no_exception() throws IOException {
        KubePods pods;
        try (ApiServerDouble server = new ApiServerDouble()) {
            pods = new KubePods(server.client(), new NodeName("n"), InstantSource.system());
            server.replies.add(exchange -> exchange.close());
            assertThat(pods.evict(POD, Duration.ofSeconds(5), Duration.ofSeconds(15)))
                    .isInstanceOfSatisfying(
                            EvictionAnswer.Failed.class,
                            failed -> assertThat(failed.status()).isZero());
        }
    }

    @Test
    void a_refused_connection_is_named_so() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        Config config = new ConfigBuilder(Config.empty())
                .withMasterUrl("http://127.0.0.1:" + port)
                .build();
        new ClientPolicy("1").customize(config);
        try (KubernetesClient client =
                new KubernetesClientBuilder().withConfig(config).build()) {
            KubePods pods = new KubePods(client, new NodeName("n"), InstantSource.system());
            assertThat(pods.delete(POD, Duration.ofSeconds(5), Duration.ofSeconds(15)))
                    .isEqualTo(new EvictionAnswer.Failed(0, "refused"));
            assertThat(pods.gone(POD)).isFalse();
        }
    }
}
