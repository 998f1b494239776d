package dev.lastcall.it;

import static org.awaitility.Awaitility.await;

import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.controlplane.ForeignHand;
import dev.lastcall.support.faults.ApiProxy;
import dev.lastcall.support.faults.Fault;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The way back, from every phase of a drain and by every way there is: what the agent had set on Node and pods is gone, and
 * the pods are back in rotation. The first answer of each restoring request is a 500.
 */
@Tag("alone")
class WayBackIT {
    private static final String OURS = "lastcall.dev/";
    private static final String LB_LABEL = "node.kubernetes.io/exclude-from-external-load-balancers";
    private static final String SIMULATE = "lastcall.dev/simulate";
    private static final int PODS = 2;

    /** How far the drain has come, and what holds it there. */
    private enum Phase {
        /** The pods cannot be withdrawn. */
        CORDONED,
        /** Routers are given a long time to settle. */
        WITHDRAWN,
        /** A budget lets no pod go. */
        DRAINING
    }

    /** What ends the interruption. */
    private enum Way {
        /** It is taken back while the agent looks on. */
        CANCEL,
        /** It is taken back while the API server is away for five seconds. */
        OUTAGE,
        /** It is taken back while no agent runs. */
        KILL,
        /** The machine is started anew; the game day's annotation still stands. */
        REBOOT,
        /** The Node is deleted and registered anew, then it is taken back. */
        REGISTERED_ANEW
    }

    @Test
    void nothing_of_ours_is_left_whatever_ends_an_interruption_and_in_whatever_phase() throws Exception {
        for (Phase phase : Phase.values()) {
            everyWayBackFrom(phase);
        }
    }

    private static void everyWayBackFrom(Phase phase) throws Exception {
        String name = "back-" + phase.name().toLowerCase(Locale.ROOT);
        try (Scenario node = new Scenario(ControlPlane.shared(), name)) {
            ApiProxy proxy = node.keep(ApiProxy.before(node.plane()));
            node.workloads().serving("llm", PODS, RotationRule.READY, 20, "vllm", "serve", "tiny");
            node.workloads().budget("llm", 0);
            node.route(RotationRule.READY, Duration.ofMillis(200), "llm");
            start(node, proxy, phase);
            node.awaitRouted(PODS);
            Traces.awaitWarmUpCordon(node.agent());
            int window = 600; // another one each time: another game day
            for (Way way : Way.values()) {
                drainUntil(phase, node, proxy, ++window);
                end(way, phase, node, proxy);
                String cell = phase + "/" + way;
                await(cell + ": nothing of ours is left")
                        .atMost(Duration.ofSeconds(60))
                        .until(() -> left(node).isEmpty());
                node.awaitRouted(PODS);
                new ForeignHand(node.client(), node.kubelet().nodeName()).unannotate(SIMULATE);
                System.out.println("back again: " + cell);
            }
        }
    }

    private static void start(Scenario node, ApiProxy proxy, Phase phase) throws Exception {
        node.startAgent(agent -> agent.kubeconfig(node.plane().kubeconfigVia(proxy.url(), ControlPlane.AGENT))
                .config("lastcall.serving.settle", phase == Phase.WITHDRAWN ? "60s" : "1s"));
    }

    private static void drainUntil(Phase phase, Scenario node, ApiProxy proxy, int window) {
        proxy.heal();
        if (phase == Phase.CORDONED) {
            proxy.inject(Fault.on("PATCH", pods(node) + "/status").refuse(503, "ServiceUnavailable"));
        }
        new ForeignHand(node.client(), node.kubelet().nodeName()).annotate(SIMULATE, "spot," + window + "s");
        String wanted = phase.name().toLowerCase(Locale.ROOT);
        await("phase " + wanted + " of game day " + window)
                .pollInterval(Duration.ofMillis(50))
                .atMost(Duration.ofSeconds(40))
                .until(() -> node.phase().equals(wanted));
    }

    private static void end(Way way, Phase phase, Scenario node, ApiProxy proxy) throws Exception {
        ForeignHand hand = new ForeignHand(node.client(), node.kubelet().nodeName());
        if (way == Way.KILL || way == Way.REBOOT) {
            node.agent().kill9();
        }
        proxy.heal();
        proxy.inject(Fault.on("PATCH", "/api/v1/nodes/" + node.kubelet().nodeName())
                .refuse(500, "InternalError")
                .times(1));
        proxy.inject(Fault.on("PATCH", pods(node)).refuse(500, "InternalError").times(PODS));
        proxy.inject(Fault.on("PATCH", pods(node) + "/status")
                .refuse(500, "InternalError")
                .times(PODS));
        switch (way) {
            case CANCEL -> hand.unannotate(SIMULATE);
            case OUTAGE -> {
                proxy.outage();
                hand.unannotate(SIMULATE);
                await().pollDelay(Duration.ofSeconds(5))
                        .atMost(Duration.ofSeconds(30))
                        .until(() -> true);
                proxy.heal();
            }
            case KILL -> {
                hand.unannotate(SIMULATE);
                start(node, proxy, phase);
            }
            case REBOOT -> {
                node.kubelet().bootId(UUID.randomUUID().toString());
                start(node, proxy, phase);
            }
            case REGISTERED_ANEW -> {
                hand.registerAnew();
                hand.unannotate(SIMULATE);
            }
        }
    }

    private static String pods(Scenario node) {
        return "/api/v1/namespaces/" + node.namespace() + "/pods/[^/]+";
    }

    /** Everything that is still ours, in words; empty when the way back is done. */
    private static List<String> left(Scenario node) {
        List<String> left = new ArrayList<>();
        Node now = node.node();
        if (Boolean.TRUE.equals(now.getSpec().getUnschedulable())) {
            left.add("cordon");
        }
        now.getSpec().getTaints().stream()
                .filter(taint -> taint.getKey().startsWith(OURS))
                .forEach(taint -> left.add("taint " + taint.getKey()));
        if (now.getMetadata().getLabels().containsKey(LB_LABEL)) {
            left.add("label");
        }
        if (!List.of("", "cancelled", "done").contains(node.phase())) {
            left.add("phase " + node.phase());
        }
        for (Pod pod : node.workloads().pods("llm")) {
            Map<String, String> annotations = pod.getMetadata().getAnnotations() == null
                    ? Map.of()
                    : pod.getMetadata().getAnnotations();
            annotations.keySet().stream()
                    .filter(key -> key.equals("lastcall.dev/withdrawn")
                            || key.equals("lastcall.dev/drain-deadline")
                            || key.equals("aibrix.ai/draining"))
                    .forEach(key -> left.add(pod.getMetadata().getName() + " " + key));
            pod.getStatus().getConditions().stream()
                    .filter(condition -> condition.getType().equals("lastcall.dev/in-rotation")
                            && !condition.getStatus().equals("True"))
                    .forEach(condition -> left.add(pod.getMetadata().getName() + " gate"));
        }
        return left;
    }
}
