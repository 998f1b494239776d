package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.faults.ApiProxy;
import dev.lastcall.support.scenario.Scenario;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The packaged agent says when it no longer sees its Node and pods, and finds its way back. */
class ApiSightIT {

    private static final String UP = "lastcall_api_watch_up{resource=\"%s\"} %s.0";

    @Test
    void an_agent_that_is_cut_off_says_so_and_is_unready_until_it_sees_again() throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "cut-off")) {
            ApiProxy proxy = node.keep(ApiProxy.before(node.plane()));
            AgentProcess agent = node.startAgent(
                    builder -> builder.kubeconfig(node.plane().kubeconfigVia(proxy.url(), ControlPlane.AGENT))
                            .config("lastcall.notice.blind-after", "6s"));
            assertThat(agent.get("/metrics").body()).contains(UP.formatted("nodes", 1), UP.formatted("pods", 1));

            proxy.outage();
            await("both watches are down")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> says(agent, UP.formatted("nodes", 0)) && says(agent, UP.formatted("pods", 0)));
            await("the agent is unready")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> agent.get("/health/ready").statusCode() == 503);
            await("for both watches")
                    .atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(agent.get("/health/ready").body())
                            .contains("no sign of life from the watch of the own Node", "pods of the own Node"));
            assertThat(agent.get("/health/live").statusCode()).isEqualTo(200);

            proxy.heal();
            await("it sees again")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> says(agent, UP.formatted("nodes", 1))
                            && says(agent, UP.formatted("pods", 1))
                            && agent.get("/health/ready").statusCode() == 200);
        }
    }

    private static boolean says(AgentProcess agent, String line) throws IOException, InterruptedException {
        return agent.get("/metrics").body().contains(line);
    }
}
