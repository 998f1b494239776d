package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.controlplane.ForeignHand;
import dev.lastcall.support.faults.ApiProxy;
import dev.lastcall.support.faults.Fault;
import dev.lastcall.support.faults.InjectedFault;
import dev.lastcall.support.faults.RecordedRequest;
import dev.lastcall.support.metadata.FakeImds;
import dev.lastcall.support.metadata.Reaction;
import dev.lastcall.support.scenario.Scenario;
import dev.lastcall.support.scenario.Workloads;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Taint;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The one patch of the Node: complete, and careful with what others wrote. */
class CordonIT {
    private static final String OURS = "lastcall.dev/interruption";
    private static final String FOREIGN = "example.com/quarantine";
    private static final String LB_LABEL = "node.kubernetes.io/exclude-from-external-load-balancers";

    @Test
    void a_taint_written_at_the_same_moment_survives_and_our_marks_go_out_in_one_patch() throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "conflict")) {
            ApiProxy proxy = startBehindProxy(node);
            InjectedFault held = proxy.inject(
                    Fault.on("PATCH", path(node)).delay(Duration.ofSeconds(4)).times(1));
            node.interrupt(Duration.ofSeconds(20));
            await("our patch is under way").atMost(Duration.ofSeconds(20)).until(() -> held.hits() == 1);
            new ForeignHand(node.client(), node.kubelet().nodeName()).taint(FOREIGN, "disk");
            node.awaitReport(Duration.ofSeconds(40));

            List<RecordedRequest> patches = Traces.nodeWrites(proxy, node);
            assertThat(patches.getFirst().status()).isEqualTo(409);
            assertThat(node.node().getSpec().getTaints())
                    .extracting(Taint::getKey)
                    .contains(OURS, FOREIGN);

            List<JsonNode> cordons = Traces.nodePatches(proxy, node).stream()
                    .filter(patch -> patch.path("spec").has("unschedulable"))
                    .toList();
            assertThat(cordons).hasSize(1);
            JsonNode cordon = cordons.getFirst();
            assertThat(cordon.path("spec").path("unschedulable").asBoolean()).isTrue();
            assertThat(cordon.path("spec").path("taints"))
                    .anySatisfy(taint -> {
                        assertThat(taint.path("key").asText()).isEqualTo(OURS);
                        assertThat(taint.path("value").asText()).isEqualTo("spot");
                        assertThat(taint.path("effect").asText()).isEqualTo("NoSchedule");
                    })
                    .anySatisfy(taint -> assertThat(taint.path("key").asText()).isEqualTo(FOREIGN))
                    .noneSatisfy(taint -> assertThat(taint.path("key").asText()).startsWith("status-taint."));
            assertThat(cordon.path("metadata").path("labels").path(LB_LABEL).asText())
                    .isEqualTo("lastcall");
            assertThat(cordon.path("metadata").path("resourceVersion").asText()).isNotEmpty();
            JsonNode record = new ObjectMapper()
                    .readTree(cordon.path("metadata")
                            .path("annotations")
                            .path("lastcall.dev/drain")
                            .asText());
            assertThat(record.path("phase").asText()).isEqualTo("cordoned");
            assertThat(record.path("kind").asText()).isEqualTo("spot");
            assertThat(record.path("cordonedByUs").asBoolean()).isTrue();
            assertThat(record.path("labelledByUs").asBoolean()).isTrue();
            assertThat(record.fieldNames())
                    .toIterable()
                    .contains("id", "source", "deadline", "startedAt", "agentVersion");
        }
    }

    /** The retry finds the node cordoned, by its own hand: taking that for a person's would keep it cordoned for ever. */
    @Test
    void a_cordon_whose_answer_was_lost_is_still_ours() throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "lost-answer")) {
            ApiProxy proxy = startBehindProxy(node);
            proxy.inject(Fault.on("PATCH", path(node)).dropAnswer().times(1));
            node.interrupt(Duration.ofSeconds(15));
            JsonNode report = node.awaitReport(Duration.ofSeconds(40));

            JsonNode record = node.annotation("lastcall.dev/drain").orElseThrow();
            assertThat(record.path("cordonedByUs").asBoolean()).isTrue();
            assertThat(record.path("labelledByUs").asBoolean()).isTrue();
            assertThat(report.path("id").asText()).isEqualTo(record.path("id").asText());
            assertThat(Traces.nodeWrites(proxy, node).getFirst().status()).isZero();
        }
    }

    @Test
    void a_node_that_a_person_cordoned_is_drained_and_stays_cordoned_when_the_drain_is_over() throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "person")) {
            node.workloads().ordinary("batch", 1, Workloads.IDLE_IMAGE, 5);
            await("the pod runs").atMost(Duration.ofSeconds(60)).until(() -> running(node, "batch"));
            new ForeignHand(node.client(), node.kubelet().nodeName()).cordon();
            node.startAgent();
            node.interrupt(Duration.ofSeconds(20));
            JsonNode report = node.awaitReport(Duration.ofSeconds(40));

            assertThat(report.path("outcome").asText()).isEqualTo("done");
            assertThat(report.path("pods").path("evicted").asInt()).isEqualTo(1);
            JsonNode record = node.annotation("lastcall.dev/drain").orElseThrow();
            assertThat(record.path("cordonedByUs").asBoolean(true)).isFalse();
            assertThat(node.node().getSpec().getUnschedulable()).isTrue();

            // The machine survived: another boot, and the source has nothing to say any more.
            node.agent().kill9();
            node.imds().service().always(FakeImds.SPOT, Reaction.status(404));
            node.kubelet().bootId(UUID.randomUUID().toString());
            node.startAgent();
            await("our taint is taken back").atMost(Duration.ofSeconds(30)).until(() -> !tainted(node.node()));
            assertThat(node.node().getSpec().getUnschedulable()).isTrue();
            assertThat(node.node().getMetadata().getLabels()).doesNotContainKey(LB_LABEL);
        }
    }

    private static ApiProxy startBehindProxy(Scenario node) throws Exception {
        ApiProxy proxy = node.keep(ApiProxy.before(node.plane()));
        node.startAgent(agent -> agent.kubeconfig(node.plane().kubeconfigVia(proxy.url(), ControlPlane.AGENT)));
        Traces.awaitWarmUpCordon(node.agent());
        return proxy;
    }

    private static String path(Scenario node) {
        return "/api/v1/nodes/" + node.kubelet().nodeName();
    }

    private static boolean tainted(Node node) {
        return node.getSpec().getTaints().stream()
                .anyMatch(taint -> taint.getKey().equals(OURS));
    }

    private static boolean running(Scenario node, String app) {
        return node.workloads().pods(app).stream()
                .anyMatch(pod -> "Running".equals(pod.getStatus().getPhase()));
    }
}
