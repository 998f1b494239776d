package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.page.StateDescription;
import dev.lastcall.support.page.StateListener;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import dev.lastcall.support.scenario.Workloads;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Programs that look on at a drain: the stream tells them when to look, the description what they see. */
class StateStreamIT {

    @Test
    void listeners_hear_of_a_drain_and_every_state_in_it_is_as_described() throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "stream")) {
            node.workloads().serving("llm", 2, RotationRule.READY, 60, "vllm", "serve", "tiny");
            node.workloads().ordinary("batch", 1, Workloads.IDLE_IMAGE, 5);
            node.route(RotationRule.READY, Duration.ofMillis(300), "llm");
            node.startAgent();
            node.awaitRouted(2);
            StateListener listener =
                    node.keep(StateListener.connect(node.agent().uri("/api/v1/state/events")));
            await("the first event")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> !listener.phases().isEmpty());
            assertThat(listener.phases()).containsOnly("null");
            assertDescribed(node);

            node.interrupt(Duration.ofSeconds(60));
            await("an event with a phase")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> listener.phases().stream().anyMatch(phase -> !phase.equals("null")));
            JsonNode during = assertDescribed(node);
            assertThat(during.path("drain").path("kind").asText()).isEqualTo("spot");

            node.awaitReport(Duration.ofMinutes(2));
            await("the last drains")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> assertDescribed(node).path("recentDrains").size() == 1);
            await("the event of the end")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> listener.phases().contains("done"));
        }
    }

    private static JsonNode assertDescribed(Scenario node) throws Exception {
        String state = node.agent().get("/api/v1/state").body();
        assertThat(StateDescription.differences(state)).as(state).isEmpty();
        return new ObjectMapper().readTree(state);
    }
}
