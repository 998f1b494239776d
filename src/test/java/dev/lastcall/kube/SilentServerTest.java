package dev.lastcall.kube;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.http.HttpClient;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Guards against giving up connections that work: fifty agents whose lists took over two seconds each made new connections and new
 * lists every five, which is what kept the API server slow.
 */
class SilentServerTest {
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration LONG = Duration.ofSeconds(30);

    @Test
    void connections_on_which_nothing_is_answered_are_given_up() throws IOException {
        CountDownLatch over = new CountDownLatch(1);
        try (ApiServerDouble server = new ApiServerDouble()) {
            ApiServer api = new ApiServer(server.client());
            HttpClient before = api.connections();
            server.replies.add(_ -> hold(over));
            assertThat(api.get("/slow", SHORT).reason()).isEqualTo("timeout");
            assertThat(api.connections()).isNotSameAs(before);
            over.countDown();
        }
    }

    @Test
    void a_server_that_answers_somebody_else_meanwhile_is_slow_and_keeps_its_connections() throws Exception {
        CountDownLatch began = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        try (ApiServerDouble server = new ApiServerDouble()) {
            ApiServer api = new ApiServer(server.client());
            HttpClient before = api.connections();
            server.replies.add(_ -> {
                began.countDown();
                hold(over);
            });
            CompletableFuture<ApiAnswer> slow =
                    CompletableFuture.supplyAsync(() -> api.get("/slow", Duration.ofSeconds(5)));
            assertThat(began.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
            server.replies.add(ApiServerDouble.answer(200, "{}"));
            assertThat(api.get("/quick", LONG).status()).isEqualTo(200);
            assertThat(slow.get(LONG.toSeconds(), TimeUnit.SECONDS).reason()).isEqualTo("timeout");
            assertThat(api.connections()).isSameAs(before);
            over.countDown();
        }
    }

    private static void hold(CountDownLatch until) {
        try {
            assertThat(until.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
