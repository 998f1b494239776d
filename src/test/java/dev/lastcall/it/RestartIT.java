package dev.lastcall.it;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.faults.ApiProxy;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.load.Tally;
import dev.lastcall.support.metadata.FakeImds;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The agent is killed in every phase of a drain, four nodes side by side, and started again: the drain is one drain.
 * Guards against the peers' "already unschedulable means done", a second cordon, and a notice counted twice.
 */
@Tag("alone")
class RestartIT {
    /** Four agents start side by side: on a busy machine the second lives need half a minute, and the requests must outlast that. */
    private static final Duration NOTICE = Duration.ofSeconds(80);

    private static final int REQUESTS = 6;

    private record Outcome(PinnedPhase death, String phaseAtDeath, Tally truth, JsonNode report) {}

    @Test
    void a_drain_whose_agent_is_killed_in_any_phase_goes_on_as_the_same_drain() throws Exception {
        SoftAssertions claims = new SoftAssertions();
        ControlPlane.shared();
        List<Future<Outcome>> cells = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (PinnedPhase death : PinnedPhase.values()) {
                cells.add(threads.submit(() -> run(death, claims)));
            }
        }
        for (Future<Outcome> cell : cells) {
            Outcome outcome = cell.get();
            System.out.println(outcome);
        }
        claims.assertAll();
    }

    private static Outcome run(PinnedPhase death, SoftAssertions claims) throws Exception {
        String cell = "restart-" + death.label();
        try (Scenario node = new Scenario(ControlPlane.shared(), cell)) {
            ApiProxy proxy = node.keep(ApiProxy.before(node.plane()));
            node.workloads().serving("llm", 2, RotationRule.READY, 20, "vllm", "serve", "tiny");
            node.route(RotationRule.READY, Duration.ofMillis(200), "llm");
            start(node, proxy, death.settle());
            node.awaitRouted(2);
            Traces.awaitWarmUpCordon(node.agent());
            LoadClient load = node.load(LoadPlan.concurrency(REQUESTS)
                    .lasting(Duration.ofSeconds(50), Duration.ofSeconds(54))
                    .atMost(REQUESTS));
            await("all requests run").atMost(Duration.ofSeconds(20)).until(() -> load.inFlight() == REQUESTS);

            Instant deadline = death.interrupt(node, proxy, NOTICE);
            String phase = node.phase();
            node.agent().kill9();
            proxy.heal();
            AgentProcess second = start(node, proxy, "2s");
            JsonNode report = node.awaitReport(NOTICE.plusSeconds(20));
            await("the second agent has said so")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> !Traces.onNode(node, "DrainCompleted").isEmpty());
            Tally truth = load.await(Duration.ofSeconds(60));
            Outcome outcome = new Outcome(death, phase, truth, report);
            synchronized (claims) {
                judge(claims, outcome, node, proxy, second, deadline);
            }
            if (death == PinnedPhase.DRAINING) {
                afterDoneNothingIsLeftToDo(node, proxy, claims);
            }
            return outcome;
        }
    }

    private static AgentProcess start(Scenario node, ApiProxy proxy, String settle) throws Exception {
        return node.startAgent(agent -> agent.kubeconfig(node.plane().kubeconfigVia(proxy.url(), ControlPlane.AGENT))
                .config("lastcall.serving.settle", settle));
    }

    private static void judge(
            SoftAssertions claims,
            Outcome outcome,
            Scenario node,
            ApiProxy proxy,
            AgentProcess second,
            Instant deadline)
            throws Exception {
        String cell = outcome.death().name();
        JsonNode report = outcome.report();
        boolean persisted = outcome.death() != PinnedPhase.NOTICED;
        claims.assertThat(outcome.phaseAtDeath())
                .as(cell + ": phase at death")
                .isEqualTo(persisted ? outcome.death().label() : "");
        claims.assertThat(outcome.truth().lost()).as(cell + ": lost").isEmpty();
        claims.assertThat(outcome.truth().finished()).as(cell + ": finished").isEqualTo(REQUESTS);
        claims.assertThat(report.path("outcome").asText()).as(cell).isEqualTo("done");
        claims.assertThat(Instant.parse(report.path("deadline").asText()))
                .as(cell + ": the deadline stayed")
                .isEqualTo(deadline);
        claims.assertThat(report.path("requests").path("finished").asLong(-1))
                .as(cell + ": finished, by the agent as by the clients")
                .isEqualTo(outcome.truth().finished());
        claims.assertThat(report.path("requests").path("lost").asLong(-1))
                .as(cell + ": lost, by the agent")
                .isZero();

        JsonNode record = node.annotation("lastcall.dev/drain").orElseThrow();
        claims.assertThat(record.path("id").asText())
                .as(cell + ": one id")
                .isEqualTo(report.path("id").asText());
        claims.assertThat(record.path("phase").asText()).as(cell).isEqualTo("done");
        claims.assertThat(record.path("cordonedByUs").asBoolean())
                .as(cell + ": the cordon stays ours")
                .isTrue();

        List<JsonNode> patches = Traces.nodePatches(proxy, node);
        claims.assertThat(patches)
                .as(cell + ": cordon patches of both lives")
                .filteredOn(patch -> patch.path("spec").has("unschedulable"))
                .hasSize(1);
        claims.assertThat(patches)
                .as(cell + ": reports of both lives")
                .filteredOn(patch -> patch.path("metadata").path("annotations").has("lastcall.dev/last-report"))
                .hasSize(1);
        claims.assertThat(Traces.said(Traces.onNode(node, "NodeCordoned")))
                .as(cell + ": NodeCordoned")
                .isEqualTo(1);
        claims.assertThat(Traces.said(Traces.onNode(node, "DrainCompleted")))
                .as(cell + ": DrainCompleted")
                .isEqualTo(1);
        claims.assertThat(Traces.series(second, "lastcall_notices_total").orElse(0.0))
                .as(cell + ": notices counted by the second life")
                .isEqualTo(persisted ? 0.0 : 1.0);
        if (persisted) {
            claims.assertThat(Traces.said(Traces.onNode(node, "InterruptionNotice")))
                    .as(cell + ": InterruptionNotice")
                    .isEqualTo(1);
        }
    }

    private static void afterDoneNothingIsLeftToDo(Scenario node, ApiProxy proxy, SoftAssertions claims)
            throws Exception {
        node.agent().kill9();
        JsonNode before = node.report().orElseThrow();
        proxy.forgetRequests();
        AgentProcess third = start(node, proxy, "2s");
        int polled = node.imds().service().requests(FakeImds.SPOT).size();
        await("the old notice is read again and again")
                .atMost(Duration.ofSeconds(30))
                .until(() -> node.imds().service().requests(FakeImds.SPOT).size() >= polled + 4);
        synchronized (claims) {
            claims.assertThat(proxy.requests())
                    .as("after done: nothing is written")
                    .allMatch(request -> request.method().equals("GET") || Traces.isWarmUpCordon(request));
            claims.assertThat(node.report()).contains(before);
            claims.assertThat(node.phase()).isEqualTo("done");
            claims.assertThat(Traces.series(third, "lastcall_notices_total").orElse(0.0))
                    .isZero();
        }
    }
}
