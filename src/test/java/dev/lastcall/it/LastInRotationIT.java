package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.load.Tally;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import io.fabric8.kubernetes.api.model.Event;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * All pods of a service are doomed at once, clients go on asking. Without the rule both pods leave the router in the first second, and
 * whoever asks before the first replacement is Ready is turned away.
 */
class LastInRotationIT {

    /** No Service selects the pods: a router of its own finds them, and those of one ReplicaSet are each other's neighbours. */
    @ParameterizedTest
    @ValueSource(strings = {"auto", "label,detach"})
    void a_service_whose_pods_are_all_doomed_turns_nobody_away_until_replacements_serve(String withdraw)
            throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "last")) {
            node.workloads()
                    .serving(
                            "llm", 2, RotationRule.LABEL, 60, "vllm", "serve", "tiny", "--lastcall-startup-ms", "4000");
            node.route(RotationRule.LABEL, Duration.ofMillis(300), "llm");
            node.startAgent(agent -> agent.config("lastcall.serving.withdraw", withdraw));
            node.awaitRouted(2);
            // Where the replacements will run, once the ReplicaSet has been told that a pod goes.
            node.spare();
            LoadClient load = node.load(LoadPlan.rate(4)
                    .lasting(Duration.ofSeconds(1), Duration.ofSeconds(3))
                    .newRequestsFor(Duration.ofSeconds(45)));
            Awaitility.await("requests are under way")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> load.inFlight() >= 4);

            node.interrupt(Duration.ofSeconds(60));

            JsonNode report = node.awaitReport(Duration.ofSeconds(90));
            Tally truth = load.await(Duration.ofSeconds(60));
            assertThat(truth.rejected()).as("turned away").isZero();
            assertThat(truth.lost()).isEmpty();
            assertThat(report.path("requests").path("lost").asLong(-1)).isZero();
            assertThat(report.path("pods").path("forced").asInt(-1)).isZero();
            assertThat(kept(node)).as("pods that served on").isNotEmpty();
        }
    }

    private static List<Event> kept(Scenario node) {
        return node.client().v1().events().inNamespace(node.namespace()).list().getItems().stream()
                .filter(event -> "ServingKept".equals(event.getReason()))
                .toList();
    }
}
