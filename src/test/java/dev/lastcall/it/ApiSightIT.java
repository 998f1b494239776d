package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.faults.ApiProxy;
import dev.lastcall.support.faults.TlsIdentity;
import dev.lastcall.support.scenario.Scenario;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged agent says when it no longer sees its Node and pods, and finds its way back by itself. */
class ApiSightIT {

    private static final String UP = "lastcall_api_watch_up{resource=\"%s\"} %s.0";

    @TempDir
    private Path folder;

    @Test
    void an_agent_that_is_cut_off_says_so_and_is_unready_until_it_sees_again() throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "cut-off")) {
            ApiProxy proxy = node.keep(ApiProxy.before(node.plane()));
            AgentProcess agent = node.startAgent(
                    builder -> builder.kubeconfig(node.plane().kubeconfigVia(proxy.url(), ControlPlane.AGENT))
                            .config("lastcall.notice.blind-after", "6s"));
            await("both watches are up")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> says(agent, UP.formatted("nodes", 1)) && says(agent, UP.formatted("pods", 1)));

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

    /** As a pod signs in: the address from the environment, CA and token from files that kubelet exchanges. */
    @Test
    void a_new_ca_under_a_running_agent_is_taken_up_and_a_notice_is_still_drained() throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "new-ca")) {
            TlsIdentity old = TlsIdentity.create(folder.resolve("old.p12"));
            TlsIdentity fresh = TlsIdentity.create(folder.resolve("fresh.p12"));
            Path ca = Files.writeString(folder.resolve("ca.crt"), old.certificate());
            Path token = Files.writeString(folder.resolve("token"), node.plane().tokenOf(ControlPlane.AGENT));
            ApiProxy proxy = node.keep(ApiProxy.before(node.plane()));
            proxy.identity(old);
            AgentProcess agent = node.startAgent(builder -> builder.kubeconfig(folder.resolve("none"))
                    .env("KUBERNETES_SERVICE_HOST", "127.0.0.1")
                    .env("KUBERNETES_SERVICE_PORT", String.valueOf(proxy.port()))
                    .env("KUBERNETES_CERTS_CA_FILE", ca.toString())
                    .env("KUBERNETES_AUTH_SERVICEACCOUNT_TOKEN", token.toString())
                    .env("KUBERNETES_AUTH_TRYKUBECONFIG", "false"));

            Files.writeString(ca, old.certificate() + fresh.certificate());
            proxy.identity(fresh);
            proxy.cutConnections();
            proxy.forgetRequests();
            await("requests come through under the new certificate")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> proxy.requests("GET", "/api/v1/(nodes|pods)").size() >= 2
                            && says(agent, UP.formatted("nodes", 1))
                            && says(agent, UP.formatted("pods", 1)));
            node.interrupt(Duration.ofSeconds(20));

            assertThat(node.awaitReport(Duration.ofSeconds(60)).path("outcome").asText())
                    .isEqualTo("done");
        }
    }

    private static boolean says(AgentProcess agent, String line) throws IOException, InterruptedException {
        return agent.get("/metrics").body().contains(line);
    }
}
