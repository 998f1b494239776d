package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.controlplane.AuditEvent;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.load.Tally;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import dev.lastcall.support.scenario.Workloads;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** As many pods as a node takes, of every kind that a drain tells apart, within the shortest announced notice of a big cloud. */
@Tag("alone")
class FullNodeDrainIT {
    private static final Duration NOTICE = Duration.ofSeconds(30);
    private static final Set<String> WRITES = Set.of("create", "update", "patch", "delete", "deletecollection");

    private static final int PODS = 110;
    private static final int SERVING = 12;
    private static final int LOADING = 6;
    private static final int BLOCKED = 6;
    private static final int DAEMONS = 6;
    private static final int TOLERANT = 5;
    private static final int CRITICAL = 5;
    private static final int ORDINARY = PODS - SERVING - LOADING - BLOCKED - DAEMONS - TOLERANT - CRITICAL;

    @Test
    void a_full_node_of_mixed_pods_is_drained_within_thirty_seconds_with_few_writes() throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "full")) {
            fill(node);
            node.route(RotationRule.LABEL, Duration.ofMillis(200), "llm");
            node.startAgent(agent -> agent.config("lastcall.drain.safety-margin", "6s"));
            node.awaitRouted(SERVING / 2);
            Traces.awaitWarmUpCordon(node.agent());
            await("every place is taken")
                    .pollInterval(Duration.ofSeconds(1))
                    .atMost(Duration.ofSeconds(180))
                    .until(() -> running(node) == PODS);
            LoadClient load = node.load(LoadPlan.concurrency(SERVING)
                    .lasting(Duration.ofSeconds(4), Duration.ofSeconds(8))
                    .atMost(SERVING));
            await("requests run").atMost(Duration.ofSeconds(20)).until(() -> load.inFlight() >= SERVING / 2);
            long mark = node.plane().auditLog().mark();

            Instant deadline = node.interrupt(NOTICE);
            JsonNode report = node.awaitReport(NOTICE.plusSeconds(20));
            Tally truth = load.await(Duration.ofSeconds(30));
            List<AuditEvent> writes = writes(node, mark);
            System.out.println(report + "\n" + writes.size() + " writes: "
                    + writes.stream()
                            .collect(Collectors.groupingBy(
                                    write -> write.verb() + " " + write.resource()
                                            + (write.subresource().isEmpty() ? "" : "/" + write.subresource())
                                            + " " + write.code(),
                                    TreeMap::new,
                                    Collectors.counting())));
            Instant half = deadline.minus(NOTICE.dividedBy(2));
            System.out.printf(
                    "%d of %d evictions were granted in the first half of the notice%n",
                    evictions(writes)
                            .filter(write -> write.received().isBefore(half))
                            .count(),
                    evictions(writes).count());

            assertThat(report.path("outcome").asText()).isEqualTo("done");
            JsonNode pods = report.path("pods");
            assertThat(pods.path("failed").asInt(-1)).as("left behind").isZero();
            assertThat(pods.path("forced").asInt()).as("behind a budget of 0").isEqualTo(BLOCKED);
            assertThat(pods.path("evicted").asInt()).isEqualTo(ORDINARY + SERVING + LOADING + CRITICAL);
            assertThat(pods.path("skipped").asInt()).isEqualTo(DAEMONS + TOLERANT);
            assertThat(report.path("requests").path("unreadPods").asInt(-1)).isZero();
            assertThat(truth.lost()).isEmpty();
            assertThat(writes)
                    .as("nothing is asked for when it is too late")
                    .filteredOn(write -> write.resource().equals("pods"))
                    .allMatch(write -> write.received().isBefore(deadline));
            assertThat(writes).as("3 for each pod and 10, Events included").hasSizeLessThanOrEqualTo(3 * PODS + 10);
        }
    }

    private static Stream<AuditEvent> evictions(List<AuditEvent> writes) {
        return writes.stream().filter(write -> write.subresource().equals("eviction") && write.code() == 201);
    }

    private static void fill(Scenario node) {
        Workloads workloads = node.workloads();
        workloads.serving("llm", SERVING / 2, RotationRule.LABEL, 10, "vllm", "serve", "tiny");
        workloads.serving("chat", SERVING / 2, RotationRule.READY, 10, "vllm", "serve", "tiny");
        workloads.servingFrom(Workloads.IDLE_IMAGE, "loading", LOADING, RotationRule.LABEL, 2, "vllm", "serve");
        workloads.ordinary("blocked", BLOCKED, Workloads.IDLE_IMAGE, 4);
        workloads.budget("blocked", 0);
        workloads.ordinary("web", ORDINARY, Workloads.IDLE_IMAGE, 2);
        for (int i = 0; i < DAEMONS; i++) {
            workloads.daemonSet("daemon-" + i);
        }
        tolerant(node);
        for (int i = 0; i < CRITICAL; i++) {
            create(
                    node,
                    new PodBuilder(bare(node, "critical-" + i))
                            .editSpec()
                            .withPriorityClassName("system-cluster-critical")
                            .endSpec()
                            .build());
        }
    }

    /** Somebody makes them anew, and the scheduler would bind them to this node again. */
    private static void tolerant(Scenario node) {
        PodTemplateSpec template = new PodTemplateSpecBuilder()
                .withNewMetadata()
                .withLabels(Map.of("app", "tolerant"))
                .endMetadata()
                .withNewSpecLike(bare(node, "tolerant").getSpec())
                .addNewToleration()
                .withOperator("Exists")
                .endToleration()
                .endSpec()
                .build();
        node.client()
                .apps()
                .replicaSets()
                .inNamespace(node.namespace())
                .resource(new ReplicaSetBuilder()
                        .withNewMetadata()
                        .withName("tolerant")
                        .endMetadata()
                        .withNewSpec()
                        .withReplicas(TOLERANT)
                        .withNewSelector()
                        .withMatchLabels(Map.of("app", "tolerant"))
                        .endSelector()
                        .withTemplate(template)
                        .endSpec()
                        .build())
                .create();
    }

    private static void create(Scenario node, Pod pod) {
        node.client().resource(pod).create();
    }

    private static Pod bare(Scenario node, String name) {
        return new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(node.namespace())
                .withLabels(Map.of("app", name))
                .endMetadata()
                .withNewSpec()
                .withNodeName(node.kubelet().nodeName())
                .withTerminationGracePeriodSeconds(2L)
                .addNewContainer()
                .withName("main")
                .withImage(Workloads.IDLE_IMAGE)
                .endContainer()
                .endSpec()
                .build();
    }

    private static long running(Scenario node) {
        return node
                .client()
                .pods()
                .inNamespace(node.namespace())
                .withField("spec.nodeName", node.kubelet().nodeName())
                .list()
                .getItems()
                .stream()
                .filter(pod -> "Running".equals(pod.getStatus().getPhase()))
                .count();
    }

    private static List<AuditEvent> writes(Scenario node, long mark) {
        return node.plane().auditLog().requestsOf(ControlPlane.AGENT, mark).stream()
                .filter(event -> WRITES.contains(event.verb()))
                .toList();
    }
}
