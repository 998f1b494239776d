package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.controlplane.AuditEvent;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.faults.ApiProxy;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.load.Tally;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What could not finish is counted, never hidden. */
class LossIT {
    private static final Duration NOTICE = Duration.ofSeconds(20);
    /** Wider than the default, so that a busy machine can stop the pod before the deadline. */
    private static final Duration MARGIN = Duration.ofSeconds(6);

    private static final int HOPELESS = 5;
    private static final int SHORT = 8;

    @Test
    void requests_longer_than_the_notice_are_counted_lost_and_the_pod_goes_at_its_force_point() throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "loss")) {
            ApiProxy proxy = node.keep(ApiProxy.before(node.plane()));
            node.workloads().serving("llm", 1, RotationRule.READY, 2, "vllm", "serve", "tiny");
            node.route(RotationRule.READY, Duration.ofMillis(200), "llm");
            long mark = node.plane().auditLog().mark();
            node.startAgent(agent -> agent.kubeconfig(node.plane().kubeconfigVia(proxy.url(), ControlPlane.AGENT))
                    .config("lastcall.drain.safety-margin", MARGIN.toSeconds() + "s"));
            node.awaitRouted(1);
            String pod = node.workloads().pods("llm").getFirst().getMetadata().getName();
            LoadClient hopeless = node.load(LoadPlan.concurrency(HOPELESS)
                    .lasting(Duration.ofSeconds(90))
                    .atMost(HOPELESS));
            LoadClient sensible = node.load(LoadPlan.concurrency(SHORT)
                    .lasting(Duration.ofSeconds(3), Duration.ofSeconds(6))
                    .atMost(SHORT));
            await("all requests run")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> hopeless.inFlight() == HOPELESS && sensible.inFlight() >= SHORT / 2);

            node.interrupt(NOTICE);
            JsonNode report = node.awaitReport(NOTICE.plusSeconds(20));
            Tally lost = hopeless.await(Duration.ofSeconds(30));
            Tally finished = sensible.await(Duration.ofSeconds(30));
            System.out.println("hopeless: " + lost + "\nsensible: " + finished + "\nagent: " + report);

            assertThat(finished.finished()).isEqualTo(SHORT);
            assertThat(lost.lost()).hasSize(HOPELESS);
            JsonNode requests = report.path("requests");
            // Nothing of the hopeless ended between the last reading and the signal: the count is exact.
            assertThat(requests.path("lost").asLong()).isEqualTo(HOPELESS);
            assertThat(requests.path("unknown").asLong()).isZero();
            assertThat(requests.path("atNotice").asLong()
                            + requests.path("admittedAfter").asLong())
                    .isEqualTo(requests.path("finished").asLong() + HOPELESS);
            assertThat(requests.path("lastReadingAgeMs").isNumber()).isTrue();
            assertThat(report.path("unusedNoticeMs").asLong(-1))
                    .as("the margin, less the time that it took the pod to go")
                    .isBetween(0L, MARGIN.toMillis());

            Instant forcePoint = Traces.forcePoint(report, MARGIN, Duration.ZERO);
            List<AuditEvent> evictions = Traces.evictions(node, mark, pod);
            assertThat(evictions).singleElement().satisfies(eviction -> {
                assertThat(eviction.code()).isEqualTo(201);
                assertThat(eviction.received()).isAfterOrEqualTo(forcePoint);
            });
            assertThat(proxy.requests("POST", ".*/eviction"))
                    .singleElement()
                    .satisfies(request -> assertThat(Traces.body(request)
                                    .path("deleteOptions")
                                    .path("gracePeriodSeconds")
                                    .asInt())
                            .isGreaterThanOrEqualTo(1));
            await("RequestsLost on the pod")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> !Traces.onPods(node, "RequestsLost").isEmpty());
            assertThat(Traces.onPods(node, "RequestsLost")).singleElement().satisfies(event -> {
                assertThat(event.getInvolvedObject().getName()).isEqualTo(pod);
                assertThat(event.getMessage()).startsWith(HOPELESS + " requests lost");
            });
            assertThat(Traces.series(node.agent(), "lastcall_inference_requests_lost_total"))
                    .contains((double) HOPELESS);
        }
    }

    /** A pod that its budget keeps to the last goes down with the machine; so do its requests, and the report says so. */
    @Test
    void requests_of_a_pod_that_could_not_be_moved_at_all_are_lost_too() throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "stuck")) {
            node.workloads().serving("llm", 1, RotationRule.READY, 2, "vllm", "serve", "tiny");
            node.workloads().budget("llm", 0);
            node.route(RotationRule.READY, Duration.ofMillis(200), "llm");
            node.startAgent(agent -> agent.config("lastcall.drain.force", "never"));
            node.awaitRouted(1);
            LoadClient load = node.load(LoadPlan.concurrency(HOPELESS)
                    .lasting(Duration.ofSeconds(90))
                    .atMost(HOPELESS));
            await("all requests run").atMost(Duration.ofSeconds(20)).until(() -> load.inFlight() == HOPELESS);

            node.interrupt(Duration.ofSeconds(15));
            JsonNode report = node.awaitReport(Duration.ofSeconds(35));
            node.kubelet().powerOff();
            Tally truth = load.await(Duration.ofSeconds(30));

            assertThat(report.path("outcome").asText()).isEqualTo("failed");
            assertThat(truth.lost()).hasSize(HOPELESS);
            assertThat(report.path("requests").path("lost").asLong()).isEqualTo(HOPELESS);
        }
    }
}
