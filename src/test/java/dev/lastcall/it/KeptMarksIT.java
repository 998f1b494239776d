package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.controlplane.ForeignHand;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import io.fabric8.kubernetes.api.model.Node;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What somebody takes from a node that goes for certain is set again; in a game day a person's uncordon is respected. */
class KeptMarksIT {
    private static final String OURS = "lastcall.dev/interruption";

    @Test
    void cordon_and_taint_of_a_spot_notice_are_set_again_also_on_a_node_registered_anew_and_that_is_said_once()
            throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "kept")) {
            held(node);
            node.startAgent();
            node.awaitRouted(1);
            node.interrupt(Duration.ofSeconds(300));
            await("the node is cordoned").atMost(Duration.ofSeconds(20)).until(() -> marked(node));
            ForeignHand hand = new ForeignHand(node.client(), node.kubelet().nodeName());

            hand.uncordon();
            await("the cordon is back").atMost(Duration.ofSeconds(20)).until(() -> marked(node));
            hand.untaint();
            await("the taint is back").atMost(Duration.ofSeconds(20)).until(() -> marked(node));
            hand.registerAnew();
            await("the new Node has both").atMost(Duration.ofSeconds(20)).until(() -> marked(node));
            assertThat(node.annotation("lastcall.dev/drain")
                            .orElseThrow()
                            .path("kind")
                            .asText())
                    .isEqualTo("spot");
            await("it was said")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> !Traces.onNode(node, "CordonKept").isEmpty());
            assertThat(Traces.said(Traces.onNode(node, "CordonKept"))).isEqualTo(1);
        }
    }

    @Test
    void in_a_game_day_a_person_may_uncordon() throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "respected")) {
            held(node);
            node.startAgent();
            node.awaitRouted(1);
            ForeignHand hand = new ForeignHand(node.client(), node.kubelet().nodeName());
            hand.annotate("lastcall.dev/simulate", "spot,600s");
            await("the drain waits for its pod")
                    .atMost(Duration.ofSeconds(40))
                    .until(() -> node.phase().equals("draining"));
            hand.uncordon();
            await("the node stays open")
                    .during(Duration.ofSeconds(4))
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> !Boolean.TRUE.equals(node.node().getSpec().getUnschedulable()));
        }
    }

    /** A pod that no eviction gets past its budget keeps the drain under way. */
    private static void held(Scenario node) throws Exception {
        node.workloads().serving("llm", 1, RotationRule.READY, 20, "vllm", "serve", "tiny");
        node.workloads().budget("llm", 0);
        node.route(RotationRule.READY, Duration.ofMillis(200), "llm");
    }

    private static boolean marked(Scenario node) {
        Node now = node.node();
        return Boolean.TRUE.equals(now.getSpec().getUnschedulable())
                && now.getSpec().getTaints().stream()
                        .anyMatch(taint -> taint.getKey().equals(OURS));
    }
}
