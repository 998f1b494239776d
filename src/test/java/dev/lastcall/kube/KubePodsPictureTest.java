package dev.lastcall.kube;

import static dev.lastcall.kube.ApiServerDouble.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.config.NodeName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Pods that a real API server would hardly send. */
class KubePodsPictureTest {

    private static final String GOOD = pod("good", "30");
    private static final String ODD = pod("odd", "99999999999999999999");

    private final ApiServerDouble server = new ApiServerDouble();
    private final KubePods pods = new KubePods(server.client(), new NodeName("n"), InstantSource.system());

    KubePodsPictureTest() throws IOException {}

    @AfterEach
    void tearDown() {
        pods.close();
        server.close();
    }

    @Test
    void a_pod_that_cannot_be_read_costs_the_others_nothing_and_no_second_list() {
        server.replies.add(answer(200, list(ODD, GOOD)));
        server.replies.add(exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(event("MODIFIED", ODD).getBytes(StandardCharsets.UTF_8));
            exchange.getResponseBody().write(event("ADDED", pod("late", "5")).getBytes(StandardCharsets.UTF_8));
            exchange.getResponseBody().flush();
        });

        pods.start();

        await().atMost(Duration.ofSeconds(60)).until(() -> names().equals("good late"));
        assertThat(server.requests)
                .filteredOn(request -> !request.contains("watch=true"))
                .hasSize(1);
    }

    @Test
    void a_pod_that_can_no_longer_be_read_stays_as_it_was() {
        server.replies.add(answer(200, list(GOOD)));
        server.replies.add(ApiServerDouble.stream(
                event("MODIFIED", GOOD.replace(":30", ":99999999999999999999")), event("ADDED", pod("late", "5"))));

        pods.start();

        await().atMost(Duration.ofSeconds(60)).until(() -> names().equals("good late"));
        assertThat(pods.latest().getFirst().grace()).isEqualTo(Duration.ofSeconds(30));
    }

    private String names() {
        return String.join(
                " ", pods.latest().stream().map(pod -> pod.ref().name()).toList());
    }

    private static String pod(String name, String grace) {
        return """
                {"metadata":{"namespace":"ns","name":"%s","uid":"u-%s","resourceVersion":"11"},\
                "spec":{"terminationGracePeriodSeconds":%s,"containers":[]}}""".formatted(name, name, grace);
    }

    private static String list(String... pods) {
        return "{\"metadata\":{\"resourceVersion\":\"10\"},\"items\":[%s]}".formatted(String.join(",", pods));
    }

    private static String event(String type, String pod) {
        return "{\"type\":\"%s\",\"object\":%s}\n".formatted(type, pod);
    }
}
