package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.controlplane.AuditEvent;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.controlplane.ForeignHand;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.page.StateDescription;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A dry game day on a node under load: the score that a drain would have had, and not one write besides Events. */
class DryGameDayIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> WRITES = Set.of("create", "update", "patch", "delete", "deletecollection");
    private static final int STREAMS = 8;

    @Test
    void it_reads_the_engines_says_the_score_and_touches_nothing() throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "dry-day")) {
            node.workloads().serving("llm", 1, RotationRule.LABEL, 30, "vllm", "serve", "tiny");
            node.route(RotationRule.LABEL, Duration.ofMillis(200), "llm");
            node.startAgent();
            node.awaitRouted(1);
            String pod = node.namespace() + "/"
                    + node.workloads().pods("llm").getFirst().getMetadata().getName();
            LoadClient load = node.load(LoadPlan.concurrency(STREAMS).lasting(Duration.ofSeconds(4)));
            await("enough requests have ended for the engine to know their times")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> load.tally().finished() >= 3 * STREAMS);
            Traces.awaitWarmUpCordon(node.agent());
            long mark = node.plane().auditLog().mark();
            ForeignHand person = new ForeignHand(node.client(), node.kubelet().nodeName());

            person.annotate("lastcall.dev/simulate", "spot,60s-dry");
            JsonNode enough = awaitScore(node, "");
            JsonNode score = enough.path("score");
            System.out.println("60 s: " + score);
            assertThat(score.path("inFlight").asLong()).isBetween(1L, (long) STREAMS);
            assertThat(score.path("finished").asLong())
                    .isEqualTo(score.path("inFlight").asLong());
            assertThat(score.path("cut").asLong(-1)).isZero();
            assertThat(score.path("unknown").asLong(-1)).isZero();
            JsonNode row = score.path("pods").path(0);
            assertThat(row.path("pod").asText()).isEqualTo(pod);
            // 4 s and a little: within the bucket of 2.5 to 5 s, or the next on a busy machine.
            assertThat(row.path("requestTimeMs").asLong()).isBetween(2_500L, 10_000L);
            Instant deadline = Instant.parse(enough.path("deadline").asText());
            assertThat(Instant.parse(row.path("worksUntil").asText()))
                    .as("deadline less the margin: this engine aborts at its signal")
                    .isEqualTo(deadline.minusSeconds(3));
            planIsThere(node, pod, deadline);
            assertThat(StateDescription.differences(state(node))).isEmpty();
            assertThat(node.agent().get("/").body()).contains("done (dry run)", "would be");
            await("the Event")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> Traces.onNode(node, "DrainCompleted").stream()
                            .anyMatch(event -> event.getMessage().contains("would end in time, 0 would be cut")));

            person.annotate("lastcall.dev/simulate", "spot,5s-dry");
            JsonNode hasty = awaitScore(node, enough.path("id").asText()).path("score");
            System.out.println("5 s: " + hasty);
            assertThat(hasty.path("cut").asLong())
                    .as("2.5 s for requests of 4 s")
                    .isPositive();
            assertThat(hasty.path("finished").asLong() + hasty.path("cut").asLong())
                    .isEqualTo(hasty.path("inFlight").asLong());

            assertThat(writes(node, mark)).as("writes besides Events").isEmpty();
            assertThat(load.tally().lost()).isEmpty();
        }
    }

    private static void planIsThere(Scenario node, String pod, Instant deadline) throws Exception {
        JsonNode plan = JSON.readTree(state(node)).path("drain").path("plan");
        assertThat(plan)
                .filteredOn(each -> each.path("pod").asText().equals(pod))
                .singleElement()
                .satisfies(each -> {
                    assertThat(each.path("decision").asText()).isEqualTo("hold");
                    assertThat(Instant.parse(each.path("evictBy").asText())).isEqualTo(deadline.minusSeconds(3));
                    assertThat(Instant.parse(each.path("forceAt").asText())).isEqualTo(deadline.minusSeconds(3));
                });
    }

    /** The report of the dry run that came after this one. */
    private static JsonNode awaitScore(Scenario node, String after) throws Exception {
        await("a score")
                .atMost(Duration.ofSeconds(30))
                .until(() -> report(node).path("score").isObject()
                        && !report(node).path("id").asText().equals(after));
        return report(node);
    }

    private static JsonNode report(Scenario node) throws Exception {
        return JSON.readTree(state(node)).path("lastReport");
    }

    private static String state(Scenario node) throws Exception {
        return node.agent().get("/api/v1/state").body();
    }

    private static List<AuditEvent> writes(Scenario node, long mark) {
        return node.plane().auditLog().requestsOf(ControlPlane.AGENT, mark).stream()
                .filter(event -> WRITES.contains(event.verb())
                        && !event.resource().equals("events")
                        && (event.requestUri().contains(node.kubelet().nodeName())
                                || event.namespace().equals(node.namespace()))
                        && !event.requestUri().contains("dryRun=All"))
                .toList();
    }
}
