package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.load.Tally;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** An agent that is asked to end: at once where nothing is at stake, after the drain where something is. */
class SigtermIT {
    /** The contract's limit, from SIGTERM without a drain or from the end of a drain to the exit. */
    private static final Duration LIMIT = Duration.ofSeconds(10);

    @Test
    void without_a_drain_the_agent_ends_with_zero() throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "term")) {
            node.startAgent();
            assertThat(node.agent().stop(LIMIT)).isZero();
            assertThat(node.phase()).isEmpty();
        }
    }

    @Test
    void during_a_drain_it_goes_on_loses_nothing_and_ends_with_zero_after_done() throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "term-drain")) {
            node.workloads().serving("llm", 2, RotationRule.READY, 10, "vllm", "serve", "tiny");
            node.route(RotationRule.READY, Duration.ofMillis(200), "llm");
            node.startAgent();
            node.awaitRouted(2);
            LoadClient load = node.load(LoadPlan.concurrency(6)
                    .lasting(Duration.ofSeconds(9), Duration.ofSeconds(12))
                    .atMost(6));
            await("all requests run").atMost(Duration.ofSeconds(20)).until(() -> load.inFlight() == 6);
            node.interrupt(Duration.ofSeconds(30));
            await("the node is cordoned")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> !node.phase().isEmpty());

            node.agent().terminate();
            JsonNode report = node.awaitReport(Duration.ofSeconds(45));
            int exit = node.agent().awaitExit(LIMIT);
            Tally truth = load.await(Duration.ofSeconds(30));

            assertThat(exit).isZero();
            assertThat(node.phase()).isEqualTo("done");
            assertThat(report.path("outcome").asText()).isEqualTo("done");
            assertThat(truth.lost()).isEmpty();
            assertThat(truth.finished()).isEqualTo(6);
            assertThat(report.path("requests").path("lost").asLong(-1)).isZero();
            assertThat(report.path("pods").path("evicted").asInt()).isEqualTo(2);
            assertThat(Traces.onNode(node, "DrainCompleted"))
                    .as("the last Event is written before the end")
                    .hasSize(1);
            assertThat(node.agent().lines()).noneMatch(line -> line.contains("ERROR") || line.contains("Exception"));
        }
    }
}
