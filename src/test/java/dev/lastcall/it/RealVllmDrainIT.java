package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.serving.EngineMetrics;
import dev.lastcall.serving.EngineReading;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.controlplane.ForeignHand;
import dev.lastcall.support.engine.VllmInstallation;
import dev.lastcall.support.engine.VllmProcessProgram;
import dev.lastcall.support.load.Calibration;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.load.Tally;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import dev.lastcall.support.scenario.Workloads;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.policy.v1.EvictionBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The same interruption with a real vLLM in the pods: with the agent, and as {@code kubectl drain} would do it. */
@Tag("alone")
class RealVllmDrainIT {
    private static final Duration EACH = Duration.ofSeconds(10);
    /** Clients that each send one request after another, on two servers together. */
    private static final int STREAMS = 32;

    @BeforeAll
    static void install() throws Exception {
        String reason = "skipped: a real vLLM takes 1 GB and minutes; -D" + VllmInstallation.PROPERTY + "=true runs it";
        if (!VllmInstallation.wanted()) {
            System.out.println("RealVllmDrainIT " + reason);
        }
        Assumptions.assumeTrue(VllmInstallation.wanted(), reason);
        VllmInstallation.ensure();
    }

    @Test
    void a_real_engine_loses_nothing_when_the_agent_drains_its_node() throws Exception {
        try (Scenario node = serving()) {
            node.startAgent();
            LedgerOfClients.agreesAfterDrain(node, streams(node), Duration.ofSeconds(90), STREAMS);
        }
    }

    @Test
    void a_real_engine_leaves_its_streams_in_silence_when_it_is_evicted_at_once() throws Exception {
        try (Scenario node = serving()) {
            LoadClient load = streams(node);
            List<Pod> doomed = node.workloads().pods("llm");
            // As kubectl drain begins: no replacement comes to this node.
            new ForeignHand(node.client(), node.kubelet().nodeName()).cordon();
            for (Pod pod : doomed) {
                node.client()
                        .pods()
                        .resource(pod)
                        .evict(new EvictionBuilder()
                                .withNewMetadata()
                                .withName(pod.getMetadata().getName())
                                .withNamespace(node.namespace())
                                .endMetadata()
                                .build());
            }
            await("both pods are gone")
                    .atMost(Duration.ofSeconds(90))
                    .until(() -> node.workloads().pods("llm").stream()
                            .map(pod -> pod.getMetadata().getUid())
                            .noneMatch(uid -> doomed.stream()
                                    .anyMatch(pod -> pod.getMetadata().getUid().equals(uid))));
            load.stopArrivals();
            Tally truth = load.await(Duration.ofMinutes(2));
            System.out.println("real vLLM, evicted at once: clients: " + truth);

            assertThat(truth.lost()).isNotEmpty();
        }
    }

    private static Scenario serving() throws Exception {
        Scenario node = new Scenario(
                ControlPlane.shared(),
                "vllm",
                Map.of(Workloads.ENGINE_IMAGE, new VllmProcessProgram(1, Path.of("target", "vllm"))));
        // A label keeps the router and the pod's own readiness apart: a real server needs a minute to come up.
        node.workloads().serving("llm", 2, RotationRule.LABEL, 30, "vllm", "serve", "mid");
        node.route(RotationRule.LABEL, Duration.ofMillis(300), "llm");
        await("two real servers are up")
                .atMost(Duration.ofMinutes(6))
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> node.router().inRotation().size() == 2);
        return node;
    }

    private static LoadClient streams(Scenario node) throws Exception {
        Pod pod = node.workloads().pods("llm").getFirst();
        InetSocketAddress engine =
                new InetSocketAddress(InetAddress.getByName(pod.getStatus().getPodIP()), 8000);
        Calibration calibration = Calibration.measure(engine, "mid", STREAMS / 2, 40);
        System.out.println("calibrated: " + calibration);
        LoadClient load =
                node.load(calibration.apply(LoadPlan.concurrency(STREAMS).lasting(EACH)));
        await("all streams are under way").atMost(Duration.ofSeconds(30)).until(() -> load.inFlight() == STREAMS);
        // vLLM refreshes its gauges after each step, and its first one reads all the prompts.
        await("the engines say so").atMost(Duration.ofSeconds(60)).until(() -> inFlight(node) >= STREAMS * 3 / 4);
        return load;
    }

    private static long inFlight(Scenario node) throws Exception {
        long sum = 0;
        try (HttpClient http = HttpClient.newHttpClient()) {
            for (Pod pod : node.workloads().pods("llm")) {
                URI metrics = URI.create("http://" + pod.getStatus().getPodIP() + ":8000/metrics");
                String page = http.send(
                                HttpRequest.newBuilder(metrics)
                                        .timeout(Duration.ofSeconds(10))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString())
                        .body();
                sum += EngineMetrics.parse(page).map(EngineReading::inFlight).orElse(0L);
            }
        }
        return sum;
    }
}
