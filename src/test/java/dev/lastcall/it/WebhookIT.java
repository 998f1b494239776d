package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import dev.lastcall.support.scenario.Workloads;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** The webhook of the packaged agent: one that listens hears a drain from its notice to its report, one that is dead costs nothing. */
class WebhookIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration NOTICE = Duration.ofSeconds(30);
    private static final String SECRET = "Bearer s3cret-of-the-receiver";

    private record Post(String type, String authorization, JsonNode event) {}

    @Test
    void a_receiver_hears_the_whole_drain_in_order_and_the_last_event_is_the_report_on_the_node() throws Exception {
        Queue<Post> posts = new ConcurrentLinkedQueue<>();
        HttpServer receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        receiver.createContext("/hook", exchange -> take(exchange, posts));
        receiver.start();
        try (Scenario node = new Scenario(ControlPlane.shared(), "hook")) {
            workloads(node);
            node.startAgent(agent -> agent.config(
                            "lastcall.webhook.url",
                            "http://127.0.0.1:" + receiver.getAddress().getPort() + "/hook?token=s3cret-in-the-query")
                    .config("lastcall.webhook.headers", "Authorization: " + SECRET));
            awaitServing(node);
            node.interrupt(NOTICE);
            JsonNode report = node.awaitReport(NOTICE.plusSeconds(20));
            await("the report was sent")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> posts.stream()
                            .anyMatch(
                                    post -> post.event().path("type").asText().equals("dev.lastcall.drain.completed")));

            assertThat(posts)
                    .extracting(post -> post.event().path("type").asText())
                    .containsExactly(
                            "dev.lastcall.notice",
                            "dev.lastcall.node.cordoned",
                            "dev.lastcall.serving.withdrawn",
                            "dev.lastcall.drain.completed");
            assertThat(posts).allSatisfy(post -> {
                assertThat(post.type()).startsWith("application/cloudevents+json");
                assertThat(post.authorization()).isEqualTo(SECRET);
                assertThat(post.event().path("specversion").asText()).isEqualTo("1.0");
                assertThat(post.event().path("subject").asText())
                        .isEqualTo(node.kubelet().nodeName());
            });
            assertThat(posts)
                    .extracting(post -> post.event().path("id").asText())
                    .doesNotHaveDuplicates();
            JsonNode last = List.copyOf(posts).getLast().event().path("data");
            assertThat(last).isEqualTo(report);
            assertThat(String.join("\n", node.agent().lines())).doesNotContain("s3cret");
        } finally {
            receiver.stop(0);
        }
    }

    /** It takes connections and never says a word: the worst that a receiver can do. */
    @Test
    void a_receiver_that_takes_the_connection_and_says_nothing_costs_the_drain_nothing() throws Exception {
        try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Scenario node = new Scenario(ControlPlane.shared(), "mute-hook")) {
            workloads(node);
            node.startAgent(
                    agent -> agent.config("lastcall.webhook.url", "http://127.0.0.1:" + mute.getLocalPort() + "/hook"));
            awaitServing(node);
            node.interrupt(NOTICE);
            JsonNode report = node.awaitReport(NOTICE.plusSeconds(20));
            assertThat(report.path("outcome").asText()).isEqualTo("done");
            assertThat(report.path("pods").path("failed").asInt(-1)).isZero();
            assertThat(report.path("unusedNoticeMs").asLong()).isPositive();
            assertThat(node.agent().get("/health/ready").statusCode()).isEqualTo(200);
            assertThat(node.agent().lines())
                    .as("somebody has to know that nobody listens")
                    .anyMatch(line -> line.contains("webhook"));
        }
    }

    private static void workloads(Scenario node) {
        node.workloads().serving("llm", 1, RotationRule.READY, 2, "vllm", "serve", "tiny");
        node.workloads().ordinary("web", 1, Workloads.IDLE_IMAGE, 2);
    }

    private static void awaitServing(Scenario node) throws IOException {
        node.route(RotationRule.READY, Duration.ofMillis(200), "llm");
        node.awaitRouted(1);
        Traces.awaitWarmUpCordon(node.agent());
    }

    private static void take(HttpExchange exchange, Queue<Post> posts) throws IOException {
        try (exchange) {
            posts.add(new Post(
                    exchange.getRequestHeaders().getFirst("Content-Type"),
                    exchange.getRequestHeaders().getFirst("Authorization"),
                    JSON.readTree(exchange.getRequestBody().readAllBytes())));
            exchange.sendResponseHeaders(204, -1);
        }
    }
}
