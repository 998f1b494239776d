package dev.lastcall.demo;

import static org.awaitility.Awaitility.await;

import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import dev.lastcall.support.scenario.Workloads;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The same for both runs: three serving pods, two ordinary ones and a DaemonSet's on a node that will go; a spare node, a
 * router, and streams through it.
 */
final class Scene implements AutoCloseable {

    static final int STREAMS = 24;
    static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration PROPAGATION = Duration.ofMillis(400);
    private static final long GRACE = 30;

    /** Who serves besides the three pods that go. */
    enum Rest {
        /** One on the spare node, so that the service as a whole stays up. A replacement is there within seconds. */
        ONE_SERVES(1_500, LoadPlan.concurrency(STREAMS)),
        /**
         * Nobody, and a replacement takes its time to load. Whoever is turned away does not wait for another stream to end:
         * clients come at a rate, so that both runs are asked as often.
         */
        NONE_SERVES(6_000, LoadPlan.rate(3));

        private final int startupMillis;
        private final LoadPlan arrivals;

        Rest(int startupMillis, LoadPlan arrivals) {
            this.startupMillis = startupMillis;
            this.arrivals = arrivals;
        }
    }

    private final Scenario scenario;
    private final LoadClient load;
    private final List<String> doomed;

    private Scene(Scenario scenario, LoadClient load, List<String> doomed) {
        this.scenario = scenario;
        this.load = load;
        this.doomed = doomed;
    }

    /** What is put on the node before the load begins: the agent, or nothing. */
    interface Guard {
        void on(Scenario scenario) throws IOException, InterruptedException;
    }

    static Scene build(ControlPlane plane, String name, Rest rest, Guard guard, Consumer<String> step)
            throws IOException, InterruptedException {
        Scenario scenario = new Scenario(plane, name);
        Workloads workloads = scenario.workloads();
        workloads.serving(
                "llm",
                3,
                RotationRule.LABEL,
                GRACE,
                "vllm",
                "serve",
                "tiny",
                "--lastcall-startup-ms",
                String.valueOf(rest.startupMillis));
        service(scenario);
        workloads.ordinary("batch", 2, Workloads.IDLE_IMAGE, 10);
        workloads.daemonSet("exporter");
        scenario.route(RotationRule.LABEL, PROPAGATION, "llm");
        guard.on(scenario);
        scenario.awaitRouted(3);
        List<String> doomed = names(workloads.pods("llm"));
        await("ordinary pods run")
                .atMost(Duration.ofSeconds(60))
                .until(() -> workloads.pods("batch").stream()
                        .allMatch(pod -> "Running".equals(pod.getStatus().getPhase())));
        step.accept("node " + scenario.kubelet().nodeName() + ": 3 serving pods, 2 ordinary ones, 1 of a DaemonSet");
        scenario.spare();
        if (rest == Rest.ONE_SERVES) {
            scenario.client()
                    .apps()
                    .deployments()
                    .inNamespace(scenario.namespace())
                    .withName("llm")
                    .scale(4);
            scenario.awaitRouted(4);
        }
        step.accept("a spare node with " + (rest == Rest.ONE_SERVES ? 1 : "no")
                + " serving pod; the router acts on a change " + PROPAGATION.toMillis() + " ms after it");
        LoadClient load = scenario.load(rest.arrivals
                .lasting(Duration.ofSeconds(3), Duration.ofSeconds(12))
                .silence(PATIENCE));
        steady(load, rest);
        step.accept(
                rest == Rest.ONE_SERVES
                        ? STREAMS + " streams of 3 to 12 s each, a new one as soon as one ends"
                        : "3 new streams a second, of 3 to 12 s each");
        return new Scene(scenario, load, doomed);
    }

    /** Whom the pods serve together: by this, not by their ReplicaSet, which a detached pod has left. */
    private static void service(Scenario scenario) {
        scenario.client()
                .services()
                .inNamespace(scenario.namespace())
                .resource(new ServiceBuilder()
                        .withNewMetadata()
                        .withName("llm")
                        .endMetadata()
                        .withNewSpec()
                        .withSelector(Map.of("app", "llm", "lastcall.dev/rotation", "in"))
                        .addNewPort()
                        .withPort(8000)
                        .endPort()
                        .endSpec()
                        .build())
                .create();
    }

    private static void steady(LoadClient load, Rest rest) {
        int wanted = rest == Rest.ONE_SERVES ? STREAMS : STREAMS / 2;
        await("streams are under way")
                .atMost(Duration.ofSeconds(30))
                .until(() -> load.tally().unfinished().stream()
                                .filter(r -> r.pod() != null)
                                .count()
                        >= wanted);
        await("a steady mix of old and new streams")
                .atMost(Duration.ofSeconds(60))
                .until(() -> load.tally().records().size() >= STREAMS / 2);
    }

    Scenario scenario() {
        return scenario;
    }

    LoadClient load() {
        return load;
    }

    /** Names of the serving pods on the node that goes. */
    List<String> doomed() {
        return doomed;
    }

    Set<String> serving() {
        return Set.copyOf(names(scenario.workloads().pods("llm")));
    }

    private static List<String> names(List<Pod> pods) {
        return pods.stream().map(pod -> pod.getMetadata().getName()).sorted().collect(Collectors.toList());
    }

    @Override
    public void close() throws Exception {
        load.close();
        scenario.close();
    }
}
