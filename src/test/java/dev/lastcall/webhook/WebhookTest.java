package dev.lastcall.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainReport;
import dev.lastcall.drain.PodRef;
import dev.lastcall.drain.PodResult;
import dev.lastcall.drain.RequestCounts;
import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeKind;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.provider.EventFormatProvider;
import io.cloudevents.http.HttpMessageFactory;
import io.cloudevents.jackson.JsonFormat;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Guards against a receiver that hears nothing, hears it wrongly, or holds up the drain.
 *
 * <p>A little over 300 lines: each way in which a receiver can misbehave stands beside what must come of it.
 */
class WebhookTest {
    private static final String SECRET = "Bearer s3cret-of-the-receiver";
    private static final Instant NOW = Instant.parse("2026-11-29T10:00:00Z");

    private record Post(Map<String, List<String>> headers, byte[] body) {}

    private final ObjectMapper json = new ObjectMapper();
    private final Queue<Post> posts = new ConcurrentLinkedQueue<>();
    private final Queue<Integer> answers = new ConcurrentLinkedQueue<>();
    private final CountDownLatch over = new CountDownLatch(1);
    private final List<Webhook> webhooks = new ArrayList<>();
    private final Queue<String> logged = new ConcurrentLinkedQueue<>();
    private final HttpServer server;

    WebhookTest() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }

    private final Handler listener = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            logged.add(entry.getMessage() + " "
                    + List.of(entry.getParameters() == null ? new Object[0] : entry.getParameters()));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void start() {
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/hook", this::take);
        server.start();
        Logger.getLogger(Webhook.class.getName()).addHandler(listener);
    }

    @AfterEach
    void stop() {
        over.countDown();
        webhooks.forEach(Webhook::close);
        server.stop(0);
        Logger.getLogger(Webhook.class.getName()).removeHandler(listener);
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            posts.add(new Post(
                    exchange.getRequestHeaders(), exchange.getRequestBody().readAllBytes()));
            Integer status = answers.poll();
            if (status != null && status == 302) {
                exchange.getResponseHeaders().add("Location", "/elsewhere");
            }
            exchange.sendResponseHeaders(status == null ? 204 : status, -1);
        }
    }

    private URI hook() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/hook?token=s3cret-in-the-query");
    }

    private Webhook webhook(URI url, Duration timeout) {
        Webhook made = new Webhook(
                url,
                List.of(Webhook.Header.parse("Authorization: " + SECRET), Webhook.Header.parse("X-Team: ml")),
                timeout,
                "gpu-1",
                false,
                json,
                InstantSource.fixed(NOW));
        webhooks.add(made);
        return made;
    }

    private Webhook webhook() {
        return webhook(hook(), Duration.ofSeconds(5));
    }

    private static Notice notice() {
        return Notice.of("aws-spot-1", NoticeKind.SPOT, "aws-spot", NOW.plusSeconds(120), NOW, 0);
    }

    private static DrainReport report(String outcome) {
        return new DrainReport(
                "aws-spot-1",
                NoticeKind.SPOT,
                NOW,
                NOW.plusSeconds(120),
                61L,
                410L,
                new DrainReport.Pods(3, 0, 1, 0, 2),
                new RequestCounts(5, 1, 6, 0, 0, 0),
                0,
                180L,
                94_000L,
                outcome,
                false,
                null,
                List.of("a finding"));
    }

    private static List<DrainEvent> drain() {
        return List.of(
                new DrainEvent.Noticed(notice(), false),
                new DrainEvent.Cordoned(notice(), Duration.ofMillis(61), true),
                new DrainEvent.PodEnded(new PodRef("llm", "a", "u"), PodResult.EVICTED, true, ""),
                new DrainEvent.AllWithdrawn(4, Duration.ofMillis(410)),
                new DrainEvent.Completed(notice(), report("done"), Duration.ofSeconds(26)),
                new DrainEvent.Completed(notice(), report("failed"), Duration.ofSeconds(120)));
    }

    private static CloudEvent event(Post post) {
        return Objects.requireNonNull(EventFormatProvider.getInstance().resolveFormat(JsonFormat.CONTENT_TYPE))
                .deserialize(post.body());
    }

    private JsonNode data(CloudEvent event) throws IOException {
        return json.readTree(Objects.requireNonNull(event.getData()).toBytes());
    }

    @Test
    void a_drain_is_told_in_five_kinds_of_events_that_the_sdk_reads_as_cloud_events() throws Exception {
        Webhook webhook = webhook();
        drain().forEach(webhook::hear);
        assertThat(webhook.flush(Duration.ofSeconds(30))).isTrue();

        List<CloudEvent> heard = new ArrayList<>();
        for (Post post : posts) {
            heard.add(event(post));
            // The SDK's own reading of a whole HTTP message: it knows the structured mode by its content type.
            assertThat(HttpMessageFactory.createReaderFromMultimap(post.headers(), post.body())
                            .toEvent())
                    .isEqualTo(event(post));
        }
        assertThat(heard)
                .extracting(CloudEvent::getType)
                .containsExactly(
                        "dev.lastcall.notice",
                        "dev.lastcall.node.cordoned",
                        "dev.lastcall.serving.withdrawn",
                        "dev.lastcall.drain.completed",
                        "dev.lastcall.drain.failed");
        assertThat(heard).allSatisfy(event -> {
            assertThat(event.getSpecVersion().toString()).isEqualTo("1.0");
            assertThat(event.getSource()).isEqualTo(URI.create("/lastcall/nodes/gpu-1"));
            assertThat(event.getSubject()).isEqualTo("gpu-1");
            assertThat(event.getDataContentType()).isEqualTo("application/json");
            assertThat(Objects.requireNonNull(event.getTime()).toInstant()).isEqualTo(NOW);
        });
        assertThat(heard).extracting(CloudEvent::getId).doesNotHaveDuplicates();
        assertThat(data(heard.get(0)).path("deadline").asText()).isEqualTo("2026-11-29T10:02:00Z");
        assertThat(data(heard.get(0)).path("drains").asBoolean()).isTrue();
        assertThat(data(heard.get(1)).path("cordonedAfterMs").asLong()).isEqualTo(61);
        assertThat(data(heard.get(2)).path("pods").asInt()).isEqualTo(4);
        assertThat(data(heard.get(3)).toString())
                .isEqualTo(json.writeValueAsString(report("done").toMap()));
        assertThat(data(heard.get(4)).path("outcome").asText()).isEqualTo("failed");
    }

    @Test
    void the_users_headers_go_with_each_post_and_stand_in_no_log_line() {
        answers.addAll(List.of(401, 302, 503));
        Webhook webhook = webhook();
        drain().forEach(webhook::hear);
        await().until(() -> posts.size() >= 6);
        assertThat(posts).allSatisfy(post -> {
            assertThat(post.headers().get("Authorization")).containsExactly(SECRET);
            assertThat(post.headers().get("X-team")).containsExactly("ml");
            assertThat(post.headers().get("Content-type"))
                    .containsExactly("application/cloudevents+json; charset=utf-8");
        });
        webhook.hear(new DrainEvent.Noticed(notice(), false));
        assertThat(Webhook.Header.parse("Authorization: " + SECRET).toString()).doesNotContain("s3cret");
        assertThat(logged.toString()).contains("refused").doesNotContain("s3cret");
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 503, 429, 408})
    void what_a_receiver_may_take_later_is_tried_again(int status) throws Exception {
        answers.addAll(List.of(status, status));
        Webhook webhook = webhook();
        webhook.hear(new DrainEvent.Noticed(notice(), false));
        assertThat(webhook.flush(Duration.ofSeconds(30))).isTrue();
        assertThat(posts).hasSize(3);
        assertThat(posts)
                .extracting(post -> event(post).getId())
                .containsOnly(event(posts.element()).getId());
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 404, 410, 302})
    void what_it_refuses_is_not_tried_again_and_a_redirect_is_not_followed(int status) throws Exception {
        answers.add(status);
        Webhook webhook = webhook();
        webhook.hear(new DrainEvent.Noticed(notice(), false));
        assertThat(webhook.flush(Duration.ofSeconds(30))).isTrue();
        assertThat(posts).hasSize(1);
    }

    @Test
    void a_receiver_that_never_answers_holds_up_nobody_and_its_queue_is_bounded() throws Exception {
        server.createContext("/black-hole", exchange -> {
            try {
                over.await();
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        });
        Webhook webhook = webhook(hook().resolve("/black-hole"), Duration.ofSeconds(20));
        Thread drain = Thread.ofVirtual().start(() -> {
            for (int i = 0; i < 200; i++) {
                drain().forEach(webhook::hear);
            }
        });
        assertThat(drain.join(Duration.ofSeconds(20)))
                .as("a thousand events were taken up")
                .isTrue();
        assertThat(logged.toString()).contains("too many events wait");
    }

    @Test
    void a_dead_receiver_is_given_up_when_the_deadline_comes() throws Exception {
        int nobody;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = free.getLocalPort();
        }
        Instant[] clock = {NOW};
        Webhook webhook = new Webhook(
                URI.create("http://127.0.0.1:" + nobody + "/?token=s3cret"),
                List.of(),
                Duration.ofSeconds(1),
                "gpu-1",
                false,
                json,
                () -> clock[0] = clock[0].plusSeconds(15));
        webhooks.add(webhook);
        webhook.hear(new DrainEvent.Noticed(notice(), false));
        assertThat(webhook.flush(Duration.ofSeconds(60))).isTrue();
        assertThat(logged.toString())
                .contains("not delivered in", "ConnectException")
                .doesNotContain("s3cret");
    }

    @Test
    void a_receiver_that_comes_back_hears_what_was_told_last() {
        for (int i = 0; i < 5; i++) {
            answers.add(503);
        }
        Webhook webhook = webhook();
        drain().forEach(webhook::hear);
        await().atMost(Duration.ofSeconds(30))
                .until(() ->
                        posts.stream().anyMatch(post -> event(post).getType().equals("dev.lastcall.drain.failed")));
        assertThat(posts.stream().map(post -> event(post).getType()).distinct())
                .as("the first one gave way to those behind it")
                .containsExactly(
                        "dev.lastcall.notice",
                        "dev.lastcall.node.cordoned",
                        "dev.lastcall.serving.withdrawn",
                        "dev.lastcall.drain.completed",
                        "dev.lastcall.drain.failed");
    }

    @Test
    void a_dry_run_says_so_and_a_resumed_drain_is_not_announced_again() throws Exception {
        Webhook webhook =
                new Webhook(hook(), List.of(), Duration.ofSeconds(5), "gpu-1", true, json, InstantSource.fixed(NOW));
        webhooks.add(webhook);
        webhook.hear(new DrainEvent.Noticed(notice(), true));
        webhook.hear(new DrainEvent.AllWithdrawn(1, Duration.ZERO));
        webhook.hear(new DrainEvent.AtRisk(notice()));
        assertThat(webhook.flush(Duration.ofSeconds(30))).isTrue();
        assertThat(posts)
                .extracting(post -> event(post).getType())
                .containsExactly("dev.lastcall.serving.withdrawn", "dev.lastcall.notice");
        for (Post post : posts) {
            assertThat(data(event(post)).path("dryRun").asBoolean()).isTrue();
        }
        assertThat(data(event(List.copyOf(posts).get(1))).path("drains").asBoolean(true))
                .isFalse();
    }
}
