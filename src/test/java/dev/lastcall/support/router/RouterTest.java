package dev.lastcall.support.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.support.engine.EngineOptions;
import dev.lastcall.support.engine.VllmEngine;
import dev.lastcall.support.http.HttpCall;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.load.Outcome;
import dev.lastcall.support.load.Tally;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RouterTest {

    private VllmEngine a;
    private VllmEngine b;
    private Pod podA;
    private Pod podB;

    @BeforeEach
    void startEngines() throws IOException {
        a = engine("pod-a");
        b = engine("pod-b");
        podA = Pods.serving("pod-a", a.address());
        podB = Pods.serving("pod-b", b.address());
    }

    @AfterEach
    void stopEngines() {
        a.close();
        b.close();
    }

    @Test
    void streams_spread_over_the_pods_and_the_client_learns_which_one_served() throws Exception {
        try (Router router = Router.start(RotationRule.READY, Duration.ZERO)) {
            router.update(podA);
            router.update(podB);

            LoadClient load = LoadClient.start(
                    router.address(),
                    LoadPlan.concurrency(8).lasting(Duration.ofSeconds(1)).atMost(8));

            await().until(() -> a.running() == 4 && b.running() == 4);
            assertThat(router.openRequests("pod-a")).isEqualTo(4);
            Tally tally = load.await(Duration.ofSeconds(20));
            assertThat(tally.of("pod-a").finished()).isEqualTo(4);
            assertThat(tally.of("pod-b").finished()).isEqualTo(4);
        }
    }

    @ParameterizedTest
    @EnumSource(RotationRule.class)
    void a_withdrawn_pod_gets_no_new_requests_and_finishes_those_it_has(RotationRule rule) throws Exception {
        try (Router router = Router.start(rule, Duration.ZERO)) {
            router.update(podA);
            LoadClient before = LoadClient.start(
                    router.address(),
                    LoadPlan.concurrency(3).lasting(Duration.ofSeconds(1)).atMost(3));
            await().until(() -> a.running() == 3);

            router.update(podB);
            router.update(
                    switch (rule) {
                        case READY -> Pods.notReady(podA);
                        case LABEL -> Pods.labelledOut(podA);
                        case ANNOTATION -> Pods.annotatedDraining(podA);
                    });
            LoadClient after = LoadClient.start(
                    router.address(),
                    LoadPlan.concurrency(3).lasting(Duration.ofMillis(200)).atMost(6));

            assertThat(after.await(Duration.ofSeconds(20)).of("pod-b").finished())
                    .isEqualTo(6);
            assertThat(before.await(Duration.ofSeconds(20)).of("pod-a").finished())
                    .isEqualTo(3);
            assertThat(router.inRotation()).containsExactly("pod-b");
        }
    }

    @Test
    void a_change_takes_effect_only_after_the_propagation_delay() throws Exception {
        Duration delay = Duration.ofSeconds(1);
        try (Router router = Router.start(RotationRule.READY, delay)) {
            Instant told = Instant.now();
            router.update(podA);
            assertThat(router.inRotation()).isEmpty();
            await().until(() -> router.inRotation().contains("pod-a"));

            Instant withdrawn = Instant.now();
            router.remove(podA);
            assertThat(router.inRotation()).containsExactly("pod-a");
            assertThat(HttpCall.get(router.address(), "/health").status()).isEqualTo(200);
            await().until(() -> router.inRotation().isEmpty());

            assertThat(router.changes()).hasSize(2);
            assertThat(router.changes().getFirst().at()).isAfterOrEqualTo(told.plus(delay));
            assertThat(router.changes().getLast().at()).isAfterOrEqualTo(withdrawn.plus(delay));
        }
    }

    @Test
    void a_refused_connection_is_tried_once_on_another_pod_and_counted() throws Exception {
        try (Router router = Router.start(RotationRule.READY, Duration.ZERO)) {
            router.update(podA);
            router.update(podB);
            a.kill();

            for (int i = 0; i < 4; i++) {
                assertThat(HttpCall.get(router.address(), "/health").status()).isEqualTo(200);
            }
            assertThat(router.retriedOnRefusal()).isPositive();

            b.kill();
            assertThat(HttpCall.get(router.address(), "/health").status()).isEqualTo(503);
            assertThat(router.unrouted()).isEqualTo(1);
        }
    }

    @Test
    void a_request_that_a_pod_has_begun_is_never_repeated_on_another() throws Exception {
        try (Router router = Router.start(RotationRule.READY, Duration.ZERO)) {
            router.update(podA);
            LoadClient load = LoadClient.start(
                    router.address(),
                    LoadPlan.concurrency(3).lasting(Duration.ofSeconds(30)).atMost(3));
            await().until(() -> a.running() == 3);
            router.update(podB);

            a.kill();

            Tally tally = load.await(Duration.ofSeconds(20));
            assertThat(tally.records()).hasSize(3).allMatch(r -> r.outcome() instanceof Outcome.Cut);
            assertThat(b.running()).isZero();
            assertThat(router.retriedOnRefusal()).isZero();
        }
    }

    @Test
    void the_silence_of_an_engine_passes_through_and_so_does_the_leaving_of_a_client() throws Exception {
        try (Router router = Router.start(RotationRule.READY, Duration.ZERO)) {
            router.update(podA);
            LoadClient load = LoadClient.start(
                    router.address(),
                    LoadPlan.concurrency(2)
                            .lasting(Duration.ofSeconds(60))
                            .silence(Duration.ofSeconds(1))
                            .atMost(2));
            await().until(() -> a.running() == 2);

            a.terminate();

            Tally tally = load.await(Duration.ofSeconds(20));
            assertThat(tally.records()).allMatch(r -> r.outcome().equals(new Outcome.Cut(Outcome.How.SILENCE)));
            // Its clients gave up, the router closed behind them, so it may go.
            assertThat(a.exited().get(10, TimeUnit.SECONDS)).isZero();
        }
    }

    @Test
    void a_pod_that_says_nothing_about_itself_is_named_by_the_router() throws Exception {
        try (VllmEngine nameless = engine("");
                Router router = Router.start(RotationRule.READY, Duration.ZERO)) {
            router.update(Pods.serving("pod-c", nameless.address()));
            try (Socket socket = HttpCall.open(router.address(), "GET", "/version", "")) {
                String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);

                assertThat(all).contains("x-served-by: pod-c");
            }
        }
    }

    @Test
    void an_annotated_port_goes_before_the_containers_own() {
        Pod pod = Pods.serving("p", new InetSocketAddress("127.0.0.1", 8000))
                .edit()
                .editMetadata()
                .addToAnnotations("lastcall.dev/port", "9001")
                .endMetadata()
                .build();

        assertThat(Backend.of(pod).address.getPort()).isEqualTo(9001);
    }

    private static VllmEngine engine(String name) throws IOException {
        return VllmEngine.start(InetAddress.getByName("127.0.0.1"), 0, EngineOptions.tiny(), name);
    }
}
