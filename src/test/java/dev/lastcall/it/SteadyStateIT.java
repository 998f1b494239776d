package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.support.controlplane.AuditEvent;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.metadata.FakeImds;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import dev.lastcall.support.scenario.Workloads;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What an idle agent costs the API server, by the server's own audit log, while pods come and go on its node. */
@Tag("alone")
class SteadyStateIT {

    @Test
    void after_the_start_there_are_two_watches_and_a_write_for_each_gate_and_nothing_else() throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "steady")) {
            long start = node.plane().auditLog().mark();
            node.startAgent();
            Traces.awaitWarmUpCordon(node.agent());
            await("both watches stand")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> of(node, start, "watch").size() == 2);
            assertThat(of(node, start, "patch"))
                    .allMatch(event -> event.requestUri().contains("dryRun=All"));
            long steady = node.plane().auditLog().mark();
            int polled = polls(node);

            node.workloads().ordinary("churn", 3, Workloads.IDLE_IMAGE, 1);
            node.workloads().serving("llm", 2, RotationRule.READY, 2, "vllm", "serve", "tiny");
            await("pods run and gates are open")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> ready(node, "churn") == 3 && ready(node, "llm") == 2);
            node.workloads()
                    .pods("churn")
                    .forEach(pod -> node.client().resource(pod).delete());
            await("others took their place").atMost(Duration.ofSeconds(60)).until(() -> ready(node, "churn") == 3);
            await("seconds went by, told by the polls of the notice source")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> polls(node) >= polled + 6);

            List<AuditEvent> all = node.plane().auditLog().requestsOf(ControlPlane.AGENT, start);
            assertThat(all)
                    .filteredOn(event -> event.verb().equals("list"))
                    .as("the two lists of the start, from the API server's cache")
                    .hasSize(2)
                    .allMatch(event -> event.requestUri().contains("resourceVersion=0"));
            assertThat(all)
                    .filteredOn(event -> event.verb().equals("watch"))
                    .extracting(AuditEvent::resource)
                    .as("one watch of each, and short ones after 20 s without an event")
                    .contains("nodes", "pods")
                    .containsOnly("nodes", "pods");
            assertThat(node.plane().auditLog().requestsOf(ControlPlane.AGENT, steady))
                    .filteredOn(event -> !event.verb().equals("watch"))
                    .as("gates opened: one write for each gated pod")
                    .hasSize(2)
                    .allMatch(event -> event.verb().equals("patch")
                            && event.resource().equals("pods")
                            && event.subresource().equals("status")
                            && event.name().startsWith("llm-"));
        }
    }

    private static int polls(Scenario node) {
        return node.imds().service().requests(FakeImds.SPOT).size();
    }

    private static List<AuditEvent> of(Scenario node, long mark, String verb) {
        return node.plane().auditLog().requestsOf(ControlPlane.AGENT, mark).stream()
                .filter(event -> event.verb().equals(verb))
                .toList();
    }

    private static long ready(Scenario node, String app) {
        return node.workloads().pods(app).stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .filter(pod -> pod.getStatus().getConditions().stream()
                        .anyMatch(condition -> condition.getType().equals("Ready")
                                && condition.getStatus().equals("True")))
                .count();
    }
}
