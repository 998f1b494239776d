package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.it.SlowRequestsEngine.Asked;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The agent's own view before any notice, at its real pace: nothing in a pod's first minute, one question a minute then. So this takes
 * minutes, nearly all of them waiting.
 */
class DrainBudgetIT {
    private static final String IMAGE = "lastcall.test/slow-requests";
    /** Four looks, a minute apart, and a slow machine. */
    private static final Duration PATIENCE = Duration.ofMinutes(8);

    private static final Duration LOOK = Duration.ofSeconds(2);

    @Test
    void what_would_not_fit_is_published_told_and_shown_and_vanishes_with_its_pods() throws Exception {
        SlowRequestsEngine engine = new SlowRequestsEngine();
        try (Scenario node = new Scenario(ControlPlane.shared(), "deficit", Map.of(IMAGE, engine))) {
            node.workloads().servingFrom(IMAGE, "slow", 1, RotationRule.LABEL, 30, "vllm", "serve", "m");
            // Neither label nor gate: its template alone is enough for a finding.
            node.workloads().servingFrom(IMAGE, "gone", 1, RotationRule.ANNOTATION, 30, "vllm", "serve", "m");
            await("both pods run")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> running(node, "slow") && running(node, "gone"));
            String pod = node.workloads().pods("slow").getFirst().getMetadata().getName();
            Instant before = Instant.now();
            node.startAgent();

            until(
                    "a finding that the template alone tells",
                    () -> findings(node, "gone").contains("no_rotation"));
            assertThat(findings(node, "gone")).contains("engine_aborts");
            node.client()
                    .apps()
                    .deployments()
                    .inNamespace(node.namespace())
                    .withName("gone")
                    .delete();

            until(
                    "a deficit from the engine's own histogram",
                    () -> !deficits(node, "slow").isEmpty());
            // 3 + 2 + p99 (49.9 s, between the bounds 40 and 50) − the window.
            assertThat(deficits(node, "slow"))
                    .anyMatch(line -> line.contains("window=\"30s\"") && line.endsWith(" 24.9"))
                    .anyMatch(line -> line.contains("window=\"120s\"") && line.endsWith(" -65.1"));
            assertThat(findings(node, "slow")).contains("request_longer_than_notice");
            assertThat(findings(node, "gone"))
                    .as("series of the deleted workload")
                    .isEmpty();

            await("the Event")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> Traces.onPods(node, "DrainBudgetDeficit").stream()
                            .anyMatch(event ->
                                    pod.equals(event.getInvolvedObject().getName())));
            assertThat(Traces.onPods(node, "DrainBudgetDeficit"))
                    .filteredOn(event -> pod.equals(event.getInvolvedObject().getName()))
                    .singleElement()
                    .satisfies(event -> assertThat(event.getMessage()).contains("request_longer_than_notice (30s)"));
            JsonNode budgets = new ObjectMapper()
                    .readTree(node.agent().get("/api/v1/state").body())
                    .path("drainBudgets");
            assertThat(budgets).singleElement().satisfies(row -> {
                assertThat(row.path("workload").asText()).isEqualTo(node.namespace() + "/slow");
                assertThat(row.at("/deficitSeconds/30s").asDouble()).isEqualTo(24.9);
                assertThat(row.path("findings").toString()).contains("request_longer_than_notice");
            });
            assertThat(node.agent().get("/").body()).contains("request_longer_than_notice");
            quiet(engine.asked(pod), before);
        }
    }

    /** One question a minute at the most, and none in the first. */
    private static void quiet(List<Asked> asked, Instant before) {
        Duration since = Duration.between(before, Instant.now());
        assertThat(asked)
                .extracting(Asked::path)
                .contains("/version", "/metrics")
                .containsOnly("/version", "/metrics");
        assertThat(asked).hasSizeLessThanOrEqualTo((int) since.toMinutes());
        assertThat(asked.getFirst().at()).isAfter(before.plusSeconds(60));
    }

    private static List<String> findings(Scenario node, String workload) throws Exception {
        return series(node, "lastcall_drain_budget_finding", workload).stream()
                .map(line -> line.replaceFirst(".*finding=\"([^\"]*)\".*", "$1"))
                .toList();
    }

    private static List<String> deficits(Scenario node, String workload) throws Exception {
        return series(node, "lastcall_drain_budget_deficit_seconds", workload);
    }

    private static List<String> series(Scenario node, String family, String workload) throws Exception {
        return node.agent()
                .get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(family + "{") && line.contains("workload=\"" + workload + "\""))
                .toList();
    }

    private static boolean running(Scenario node, String app) {
        return node.workloads().pods(app).stream()
                .anyMatch(pod -> "Running".equals(pod.getStatus().getPhase()));
    }

    private static void until(String what, java.util.concurrent.Callable<Boolean> condition) {
        await(what).pollInterval(LOOK).atMost(PATIENCE).until(condition);
    }
}
