package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.faults.ApiProxy;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.load.Tally;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import dev.lastcall.support.scenario.Workloads;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The API server goes away in the middle of a drain, at the moment at which the pods turn idle, and comes back. */
class ApiOutageIT {
    private static final Duration AWAY = Duration.ofSeconds(7);

    @Test
    void an_api_server_away_for_seconds_costs_no_request_and_no_report() throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "outage")) {
            ApiProxy proxy = node.keep(ApiProxy.before(node.plane()));
            node.workloads().serving("llm", 2, RotationRule.READY, 10, "vllm", "serve", "tiny");
            node.workloads().ordinary("batch", 1, Workloads.IDLE_IMAGE, 2);
            node.route(RotationRule.READY, Duration.ofMillis(200), "llm");
            node.startAgent(agent -> agent.kubeconfig(node.plane().kubeconfigVia(proxy.url(), ControlPlane.AGENT)));
            node.awaitRouted(2);
            LoadClient load = node.load(LoadPlan.concurrency(8)
                    .lasting(Duration.ofSeconds(8), Duration.ofSeconds(11))
                    .atMost(8));
            await("all requests run").atMost(Duration.ofSeconds(20)).until(() -> load.inFlight() == 8);
            node.interrupt(Duration.ofSeconds(40));
            await("the pods are held")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> node.phase().equals("draining"));

            proxy.outage();
            Instant back = Instant.now().plus(AWAY);
            await("the API server stays away")
                    .atMost(AWAY.plusSeconds(10))
                    .until(() -> Instant.now().isAfter(back) && load.inFlight() == 0);
            assertThat(node.report()).isEmpty();
            proxy.heal();

            JsonNode report = node.awaitReport(Duration.ofSeconds(60));
            Tally truth = load.await(Duration.ofSeconds(30));
            System.out.println("client: " + truth + "\nagent: " + report);
            assertThat(truth.lost()).isEmpty();
            assertThat(truth.finished()).isEqualTo(8);
            assertThat(report.path("outcome").asText()).isEqualTo("done");
            assertThat(report.path("requests").path("lost").asLong(-1)).isZero();
            assertThat(report.path("pods").path("failed").asInt(-1)).isZero();
            assertThat(node.phase()).isEqualTo("done");
        }
    }
}
