package dev.lastcall.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.ServingChart;
import dev.lastcall.support.chart.ToolRun;
import dev.lastcall.support.engine.EngineOptions;
import dev.lastcall.support.engine.VllmEngine;
import dev.lastcall.support.keda.KedaPlane;
import dev.lastcall.support.keda.ScrapingPrometheus;
import dev.lastcall.support.keda.StateMetrics;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The chart's own Deployments and ScaledObjects under the real KEDA, HPA and Prometheus. The engine is one that imitates vLLM, with
 * eight slots; its requests and metrics are real. No pod runs: what counts is how many the Deployment is told to have.
 */
class ScalesByDemandKedaIT {

    private static final String POD = "chat-spot-6d4cf56db6-abcde";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path directory;

    private static KedaPlane keda;
    private static ScrapingPrometheus prometheus;
    private static VllmEngine engine;
    private static StateMetrics state;

    @BeforeAll
    static void start() throws IOException {
        assumeTrue(Boolean.getBoolean("lastcall.serving"), "skipped: make test-serving runs the tests that need KEDA");
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
        assumeTrue(KedaPlane.programsAreThere(), KedaPlane.SKIPPED);
        assumeTrue(
                ToolRun.onPath("prometheus"),
                "skipped: prometheus is not on the PATH; the package prometheus brings it");
        assumeTrue(ToolRun.onPath("openssl"), "skipped: openssl is not on the PATH; the package openssl brings it");
        prometheus = new ScrapingPrometheus(directory.resolve("prometheus"));
        engine = VllmEngine.start(InetAddress.getLoopbackAddress(), 0, EngineOptions.tiny("--max-num-seqs", "8"), POD);
        keda = KedaPlane.start(directory);
        state = StateMetrics.start(keda.client(), "llm");
        prometheus.targets(Map.of(POD, engine.address(), "state-metrics", state.address()));
        keda.apply("""
                apiVersion: v1
                kind: Namespace
                metadata: {name: llm}
                """);
    }

    @AfterAll
    static void stop() {
        if (state != null) {
            state.close();
        }
        if (keda != null) {
            keda.close();
        }
        if (prometheus != null) {
            prometheus.close();
        }
        if (engine != null) {
            engine.close();
        }
    }

    /** Its operator once ended in the middle of a test, and the autoscaler went on with the last metrics that it had. */
    @AfterEach
    void keda_still_runs() {
        assertThat(keda.ended()).isEmpty();
    }

    @Test
    void replicas_follow_demand_hold_while_prometheus_is_away_and_go_when_demand_goes() throws IOException {
        install();
        await("the first scrape ends the fallback")
                .atMost(Duration.ofMinutes(2))
                .until(() -> keda.condition("llm", "chat-spot", "Fallback").equals("False"));
        assertThat(replicas("chat-spot")).isEqualTo(1);

        // 40 in flight, 8 slots: 32 wait; 5 waiting and 6 in flight per replica make 7.
        try (LoadClient load = LoadClient.start(
                engine.address(),
                LoadPlan.concurrency(40).lasting(Duration.ofSeconds(2)).newRequestsFor(Duration.ofMinutes(30)))) {
            await("7 replicas").atMost(Duration.ofMinutes(3)).until(() -> replicas("chat-spot") == 7);
            System.out.println("serving: the label that production-stack's chart asks for, under the same load: "
                    + replicas("peer") + " replicas");

            prometheus.kill();
            await("KEDA says that it is blind")
                    .atMost(Duration.ofMinutes(3))
                    .until(() -> keda.condition("llm", "chat-spot", "Fallback").equals("True"));
            // Several times the window after which the HPA would scale down.
            holds("replicas hold without Prometheus", Duration.ofSeconds(30));

            prometheus.start();
            await("KEDA sees again")
                    .atMost(Duration.ofMinutes(3))
                    .until(() -> keda.condition("llm", "chat-spot", "Fallback").equals("False"));
            holds("no swing when Prometheus is back", Duration.ofSeconds(20));
        }
        await("1 replica").atMost(Duration.ofMinutes(3)).until(() -> replicas("chat-spot") == 1);
    }

    /** The notice is enough: nothing has gone yet. What goes without a notice counts as well, and nothing counts twice. */
    @Test
    void on_demand_steps_in_at_the_notice_and_goes_when_spot_is_whole_again() throws IOException {
        for (JsonNode object : ServingChart.objects(
                "--set",
                "cloud=aws,model.name=tiny,fullnameOverride=spare,autoscaling.prometheus=" + prometheus.url()
                        + ",pools.spot.min=4,autoscaling.pollingInterval=2"
                        + ",autoscaling.scaleDown.windowSeconds=6,autoscaling.scaleDown.periodSeconds=4")) {
            if (List.of("Deployment", "ScaledObject")
                    .contains(object.path("kind").asText())) {
                keda.apply(JSON.writeValueAsString(object));
            }
        }
        await("4 spot pods")
                .atMost(Duration.ofMinutes(2))
                .until(() -> spotPods().size() == 4);
        spotPods().forEach(pod -> ready(pod, true));
        becomes(1);

        state.doomed("spare-spot", 1);
        becomes(2);
        ready(spotPods().getFirst(), false);
        holds(2);
        state.doomed("spare-spot", 0);
        holds(2);
        ready(spotPods().getLast(), false);
        becomes(3);
        spotPods().forEach(pod -> ready(pod, true));
        becomes(1);
    }

    private static void becomes(int replicas) {
        await(replicas + " on demand")
                .atMost(Duration.ofMinutes(3))
                .until(() -> replicas("spare-ondemand") == replicas);
    }

    private static void holds(int replicas) {
        await(replicas + " on demand, still")
                .during(Duration.ofSeconds(10))
                .atMost(Duration.ofMinutes(2))
                .until(() -> replicas("spare-ondemand") == replicas);
    }

    private static List<Pod> spotPods() {
        return keda
                .client()
                .pods()
                .inNamespace("llm")
                .withLabel("app.kubernetes.io/instance", "spare")
                .withLabel("serving.lastcall.dev/pool", "spot")
                .list()
                .getItems()
                .stream()
                .toList();
    }

    /** As kubelet would report it: no pod runs here. */
    private static void ready(Pod pod, boolean ready) {
        keda.client()
                .pods()
                .inNamespace("llm")
                .withName(pod.getMetadata().getName())
                .editStatus(now -> new PodBuilder(now)
                        .editOrNewStatus()
                        .withPhase("Running")
                        .withConditions(new PodConditionBuilder()
                                .withType("Ready")
                                .withStatus(ready ? "True" : "False")
                                .build())
                        .endStatus()
                        .build());
    }

    private static void holds(String what, Duration time) {
        await(what)
                .during(time)
                .atMost(time.plusMinutes(2))
                .pollInterval(Duration.ofMillis(500))
                .failFast(() -> assertThat(replicas("chat-spot"))
                        .as(what + "\n" + keda.logs())
                        .isEqualTo(7))
                .until(() -> replicas("chat-spot") == 7);
    }

    /** What the chart scales, with a short window for scale-down; beside it the trigger of another chart. */
    private static void install() throws IOException {
        List<JsonNode> objects = ServingChart.objects(
                "--set",
                "cloud=aws,model.name=tiny,autoscaling.prometheus=" + prometheus.url()
                        + ",engine.maxNumSeqs=8,pools.spot.max=40,autoscaling.pollingInterval=2"
                        + ",autoscaling.scaleDown.windowSeconds=6,autoscaling.scaleDown.periodSeconds=2");
        for (JsonNode object : objects) {
            if (List.of("Deployment", "ScaledObject")
                    .contains(object.path("kind").asText())) {
                keda.apply(JSON.writeValueAsString(object));
            }
        }
        JsonNode spot = ServingChart.one(objects, "Deployment", "chat-spot");
        keda.apply(JSON.writeValueAsString(spot).replace("chat-spot", "peer").replace("\"spot\"", "\"peer\""));
        keda.apply("""
                apiVersion: keda.sh/v1alpha1
                kind: ScaledObject
                metadata: {name: peer, namespace: llm}
                spec:
                  scaleTargetRef: {name: peer}
                  pollingInterval: 2
                  minReplicaCount: 1
                  maxReplicaCount: 40
                  triggers:
                    - type: prometheus
                      metadata: {serverAddress: "%s", threshold: "5", query: 'vllm:num_requests_waiting{model="tiny"}'}
                """.formatted(prometheus.url()));
    }

    private static int replicas(String deployment) {
        return keda.client()
                .apps()
                .deployments()
                .inNamespace("llm")
                .withName(deployment)
                .get()
                .getSpec()
                .getReplicas();
    }
}
