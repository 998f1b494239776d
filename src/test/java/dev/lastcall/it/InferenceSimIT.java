package dev.lastcall.it;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.engine.InferenceSimProgram;
import dev.lastcall.support.load.Calibration;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import dev.lastcall.support.scenario.Workloads;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * An interruption with llm-d-inference-sim in the pods: guards against an agent and an engine of ours that share one idea of
 * what vLLM's metrics mean.
 */
class InferenceSimIT {
    private static final int STREAMS = 16;
    private static final Duration EACH = Duration.ofSeconds(6);

    @BeforeAll
    static void itIsBuilt() {
        if (!InferenceSimProgram.isThere()) {
            System.out.println("InferenceSimIT " + InferenceSimProgram.SKIPPED);
        }
        assumeTrue(InferenceSimProgram.isThere(), InferenceSimProgram.SKIPPED);
    }

    @Test
    void an_engine_that_nobody_here_wrote_loses_nothing_and_the_agent_counts_what_its_clients_count() throws Exception {
        InferenceSimProgram simulator = new InferenceSimProgram(Path.of("target", "inference-sim"));
        try (Scenario node =
                new Scenario(ControlPlane.shared(), "inference-sim", Map.of(Workloads.ENGINE_IMAGE, simulator))) {
            node.workloads()
                    .serving(
                            "llm",
                            2,
                            RotationRule.LABEL,
                            30,
                            "vllm",
                            "serve",
                            "any-model",
                            "--max-num-seqs=16",
                            "--time-to-first-token=100ms",
                            "--inter-token-latency=50ms",
                            "--mode=random");
            node.route(RotationRule.LABEL, Duration.ofMillis(300), "llm");
            node.awaitRouted(2);
            // No node for replacements: every answer that the clients get is one that the agent should count.
            node.startAgent();
            LedgerOfClients.agreesAfterDrain(node, streams(node), Duration.ofSeconds(40), STREAMS);
        }
    }

    private static LoadClient streams(Scenario node) throws Exception {
        InetSocketAddress engine = new InetSocketAddress(
                InetAddress.getByName(
                        node.workloads().pods("llm").getFirst().getStatus().getPodIP()),
                8000);
        Calibration calibration = Calibration.measure(engine, "any-model", STREAMS / 2, 40);
        LoadClient load =
                node.load(calibration.apply(LoadPlan.concurrency(STREAMS).lasting(EACH)));
        await("all streams are under way").atMost(Duration.ofSeconds(30)).until(() -> load.inFlight() == STREAMS);
        return load;
    }
}
