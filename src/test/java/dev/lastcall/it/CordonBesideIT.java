package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.faults.ApiProxy;
import dev.lastcall.support.faults.Fault;
import dev.lastcall.support.scenario.Scenario;
import dev.lastcall.support.scenario.Workloads;
import io.fabric8.kubernetes.api.model.Event;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An API server that refuses to have the node cordoned, for a while or for good: the pods do not wait for it. */
class CordonBesideIT {
    private static final Duration NOTICE = Duration.ofSeconds(30);

    private static ApiProxy start(Scenario node) throws Exception {
        ApiProxy proxy = node.keep(ApiProxy.before(node.plane()));
        node.workloads().ordinary("web", 1, Workloads.IDLE_IMAGE, 3);
        await("the pod runs")
                .atMost(Duration.ofSeconds(60))
                .until(() -> node.workloads().pods("web").stream()
                        .anyMatch(pod -> "Running".equals(pod.getStatus().getPhase())));
        node.startAgent(agent -> agent.kubeconfig(node.plane().kubeconfigVia(proxy.url(), ControlPlane.AGENT)));
        Traces.awaitWarmUpCordon(node.agent());
        return proxy;
    }

    private static String path(Scenario node) {
        return "/api/v1/nodes/" + node.kubelet().nodeName();
    }

    /** An API server that has just started refuses rights that exist; a webhook comes back. */
    @ParameterizedTest
    @ValueSource(ints = {403, 422})
    void a_refusal_that_passes_is_followed_by_the_cordon(int code) throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "passing-" + code)) {
            ApiProxy proxy = start(node);
            proxy.inject(Fault.on("PATCH", path(node)).refuse(code, "Forbidden").times(6));
            node.interrupt(NOTICE);
            JsonNode report = node.awaitReport(NOTICE.plusSeconds(20));

            assertThat(report.path("outcome").asText()).isEqualTo("done");
            assertThat(report.path("cordonedAfterMs").asLong()).isGreaterThan(1_000);
            assertThat(report.path("findings").toString()).contains("the node was cordoned only");
            assertThat(node.node().getSpec().getUnschedulable()).isTrue();
            assertThat(node.annotation("lastcall.dev/drain")
                            .orElseThrow()
                            .path("cordonedByUs")
                            .asBoolean())
                    .isTrue();
            await("NodeCordoned").until(() -> Traces.said(Traces.onNode(node, "NodeCordoned")) == 1);
        }
    }

    @Test
    void with_every_patch_of_the_node_refused_the_pods_are_evicted_all_the_same() throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "uncordonable")) {
            ApiProxy proxy = start(node);
            String pod = node.workloads().pods("web").getFirst().getMetadata().getName();
            proxy.inject(Fault.on("PATCH", path(node)).refuse(500, "InternalError"));
            Instant deadline = node.interrupt(NOTICE);
            await("the pod is asked to go")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> !proxy.requests("POST", ".*/pods/" + pod + "/eviction")
                            .isEmpty());
            assertThat(Instant.now()).isBefore(deadline);
            Event failed = await("the end is told")
                    .atMost(NOTICE.plusSeconds(30))
                    .until(() -> Traces.onNode(node, "DrainFailed").stream().findFirst(), java.util.Optional::isPresent)
                    .orElseThrow();
            assertThat(failed.getMessage()).contains("the node was never cordoned");
            assertThat(Traces.onNode(node, "NodeCordoned")).isEmpty();
        }
    }
}
