package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.load.Tally;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import dev.lastcall.support.scenario.Workloads;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The thread on which all else hangs: a notice, a drain, a report. */
class OneInterruptionIT {

    @Test
    void every_request_that_could_finish_finishes_and_the_ledger_says_so() throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "one")) {
            node.workloads().serving("llm", 3, RotationRule.READY, 60, "vllm", "serve", "tiny");
            node.workloads().ordinary("batch", 2, Workloads.IDLE_IMAGE, 5);
            node.workloads().daemonSet("exporter");
            node.route(RotationRule.READY, Duration.ofMillis(300), "llm");
            node.startAgent();
            node.awaitRouted(3);
            LoadClient load = node.load(LoadPlan.concurrency(24).lasting(Duration.ofSeconds(2), Duration.ofSeconds(6)));
            org.awaitility.Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> load.tally().records().size() > 20);

            Instant deadline = node.interrupt(Duration.ofSeconds(30));
            JsonNode report = node.awaitReport(Duration.ofSeconds(40));
            load.stopArrivals();
            Tally truth = load.await(Duration.ofSeconds(30));

            System.out.println("client: " + truth + "\nagent: " + report + "\n"
                    + String.join("\n", node.agent().lines()));
            assertThat(truth.lost()).isEmpty();
            assertThat(report.path("outcome").asText()).isEqualTo("done");
            JsonNode requests = report.path("requests");
            assertThat(requests.path("lost").asLong()).isZero();
            assertThat(requests.path("atNotice").asLong()
                            + requests.path("admittedAfter").asLong())
                    .isEqualTo(requests.path("finished").asLong()
                            + requests.path("unknown").asLong());
            assertThat(node.node().getSpec().getUnschedulable()).isTrue();
            assertThat(Instant.parse(report.path("deadline").asText())).isEqualTo(deadline);
        }
    }
}
