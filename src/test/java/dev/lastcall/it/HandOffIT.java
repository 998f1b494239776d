package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.faults.ApiProxy;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What autoscalers and gateways go by, by value: how many pods and GPUs this node takes with it, when, and which pods serve on; and
 * the plan of each pod. The agent is killed in every phase, and the next one says the same.
 */
@Tag("alone")
class HandOffIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Longer than anything that this waits for while it is under way: a kept pod leaves after half of it. */
    private static final Duration NOTICE = Duration.ofMinutes(4);

    private static final Duration MARGIN = Duration.ofSeconds(3);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @ParameterizedTest
    @EnumSource
    void the_doomed_series_the_kept_pod_and_the_plan_survive_a_kill_in_this_phase_and_fall_as_pods_go(PinnedPhase phase)
            throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "hand-off-" + phase.label())) {
            ApiProxy proxy = node.keep(ApiProxy.before(node.plane()));
            node.workloads().serving("llm", 2, RotationRule.LABEL, 20, "vllm", "serve", "tiny");
            node.route(RotationRule.LABEL, Duration.ofMillis(200), "llm");
            start(node, proxy, phase.settle());
            node.awaitRouted(2);
            Traces.awaitWarmUpCordon(node.agent());
            // One for each pod, longer than the notice: neither is ever idle.
            LoadClient load = node.load(
                    LoadPlan.concurrency(4).lasting(NOTICE.multipliedBy(2)).atMost(4));
            await("all requests run").atMost(PATIENCE).until(() -> load.inFlight() == 4);
            assertThat(doomed(node)).as(phase + ": before any notice").isEmpty();

            Instant deadline = phase.interrupt(node, proxy, NOTICE);
            Map<String, Double> two = expected(node, deadline, 2);
            until(phase + ": doomed, by the first agent", two, () -> doomed(node));
            // Where no pod can be marked nobody can be kept: it could not be told to the agents of other nodes.
            Map<String, Double> oneServesOn = Map.of(kept(node), 1.0);
            until(
                    phase + ": kept, by the first agent",
                    phase == PinnedPhase.CORDONED ? Map.of() : oneServesOn,
                    () -> series(node, "lastcall_serving_kept_in_rotation"));
            Map<String, String> plan = plan(node, deadline);
            until(phase + ": the plan of the first agent", plan, () -> plan(node));

            node.agent().kill9();
            proxy.heal();
            start(node, proxy, "2s");
            until(phase + ": doomed, by the second agent", two, () -> doomed(node));
            until(
                    phase + ": kept, by the second agent",
                    oneServesOn,
                    () -> series(node, "lastcall_serving_kept_in_rotation"));
            until(phase + ": the plan of the second agent", plan, () -> plan(node));
            assertThat(node.workloads().pods("llm"))
                    .as(phase + ": nobody has gone")
                    .hasSize(2);
            if (phase == PinnedPhase.DRAINING) {
                theyFallAsPodsGo(node, load, deadline);
            }
        }
    }

    /** The requests end: the pod that has left its routers goes, the kept one when a replacement serves. */
    private static void theyFallAsPodsGo(Scenario node, LoadClient load, Instant deadline) throws Exception {
        load.close();
        until("one has gone", expected(node, deadline, 1), () -> doomed(node));
        until("the other serves on", Map.of(kept(node), 1.0), () -> series(node, "lastcall_serving_kept_in_rotation"));
        node.spare();
        Map<String, Double> none = expected(node, deadline, 1);
        none.remove("lastcall_doomed_pods{namespace=\"%s\",workload=\"llm\"}".formatted(node.namespace()));
        until("both have gone, the node still goes", none, () -> doomed(node));
        until("nobody is kept", Map.of(), () -> series(node, "lastcall_serving_kept_in_rotation"));
        JsonNode report = node.awaitReport(PATIENCE);
        assertThat(report.path("outcome").asText()).isEqualTo("done");
        assertThat(series(node, "lastcall_drain_unused_notice_seconds").values())
                .as("as in the report, in seconds")
                .containsExactly(report.path("unusedNoticeMs").asLong() / 1000.0);
        assertThat(doomed(node)).as("until the machine goes").isEqualTo(none);
    }

    private static AgentProcess start(Scenario node, ApiProxy proxy, String settle) throws Exception {
        return node.startAgent(agent -> agent.kubeconfig(node.plane().kubeconfigVia(proxy.url(), ControlPlane.AGENT))
                .config("lastcall.serving.settle", settle));
    }

    private static <T> void until(String what, T expected, Callable<T> actual) {
        await(what)
                .atMost(PATIENCE)
                // A busy machine may answer one of many questions too late.
                .ignoreExceptionsInstanceOf(IOException.class)
                .untilAsserted(() -> assertThat(actual.call()).as(what).isEqualTo(expected));
    }

    /** The three families together. */
    private static Map<String, Double> doomed(Scenario node) throws Exception {
        return series(node, "lastcall_doomed_");
    }

    private static Map<String, Double> expected(Scenario node, Instant deadline, int pods) {
        Map<String, Double> all = new TreeMap<>();
        all.put("lastcall_doomed_pods{namespace=\"%s\",workload=\"llm\"}".formatted(node.namespace()), (double) pods);
        all.put("lastcall_doomed_gpus", 8.0);
        all.put("lastcall_doomed_deadline_timestamp_seconds", deadline.toEpochMilli() / 1000.0);
        return all;
    }

    private static String kept(Scenario node) {
        return "lastcall_serving_kept_in_rotation{namespace=\"%s\",workload=\"llm\"}".formatted(node.namespace());
    }

    private static Map<String, Double> series(Scenario node, String start) throws Exception {
        Map<String, Double> found = new TreeMap<>();
        node.agent()
                .get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(start))
                .forEach(line -> found.put(
                        line.substring(0, line.lastIndexOf(' ')).replace(",}", "}"),
                        Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1))));
        return found;
    }

    /** As it has to be: both are held, and told to go by the same moment, which no restart moves. */
    private static Map<String, String> plan(Scenario node, Instant deadline) {
        Map<String, String> rows = new TreeMap<>();
        Instant force = deadline.minus(MARGIN);
        node.workloads()
                .pods("llm")
                .forEach(pod ->
                        rows.put(node.namespace() + "/" + pod.getMetadata().getName(), "hold " + force + " " + force));
        return rows;
    }

    private static Map<String, String> plan(Scenario node) throws Exception {
        Map<String, String> rows = new TreeMap<>();
        JSON.readTree(node.agent().get("/api/v1/state").body())
                .path("drain")
                .path("plan")
                .forEach(row -> rows.put(
                        row.path("pod").asText(),
                        row.path("decision").asText() + " "
                                + row.path("evictBy").asText() + " "
                                + row.path("forceAt").asText()));
        return rows;
    }
}
