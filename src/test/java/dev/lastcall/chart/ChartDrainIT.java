package dev.lastcall.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.InstalledChart;
import dev.lastcall.support.controlplane.AuditEvent;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import dev.lastcall.support.scenario.Workloads;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/**
 * A whole interruption with no more rights than the chart grants: the token that kubelet would project into the
 * DaemonSet's pod, its ClusterRole, and the admission policies in force.
 */
class ChartDrainIT {

    /**
     * Needed when something is not as usual, which no one can wait for: the same words come again (Events), the Node's patch
     * meets a conflict, a pod is late to be gone.
     */
    private static final Set<String> NOT_ALWAYS_NEEDED = Set.of("patch events", "get nodes", "get pods");

    private static final Set<String> GROUPS = Set.of("", "policy", "discovery.k8s.io", "inference.networking.k8s.io");

    @Test
    void the_rights_of_the_chart_are_enough_for_a_drain_and_none_of_them_is_idle() throws Exception {
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
        ControlPlane plane = ControlPlane.shared();
        try (Scenario node = new Scenario(plane, "chart");
                InstalledChart chart = InstalledChart.install(plane, "drain")) {
            String name = node.kubelet().nodeName();
            plane.client()
                    .nodes()
                    .withName(name)
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            "{\"metadata\":{\"labels\":{\"nvidia.com/gpu.present\":\"true\",\"kubernetes.io/os\":\"linux\"}}}");
            node.workloads().serving("gated", 1, RotationRule.READY, 20, "vllm", "serve", "tiny");
            node.workloads().serving("labelled", 1, RotationRule.LABEL, 20, "vllm", "serve", "tiny");
            node.workloads().ordinary("batch", 2, Workloads.IDLE_IMAGE, 5);
            node.workloads().ordinary("guarded", 1, Workloads.IDLE_IMAGE, 4);
            node.workloads().budget("guarded", 0);
            Pod own = await("the DaemonSet's pod on the GPU node")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> chart.podOn(name), java.util.Optional::isPresent)
                    .orElseThrow();
            String token = chart.projectedToken(own);
            KubernetesClient agentsRights = plane.newClient(token);
            await("the policies are in force").atMost(Duration.ofSeconds(60)).until(() -> refuses(agentsRights, name));
            long mark = plane.auditLog().mark();
            // detach is not in the default: the quotas are read for it, and the policies have to let it through.
            node.startAgent(agent -> agent.kubeconfig(plane.kubeconfigWith("chart-agent", token))
                    .config("lastcall.serving.withdraw", "label,gate,annotation,detach")
                    .env("POD_NAME", own.getMetadata().getName())
                    .env("POD_NAMESPACE", chart.namespace()));
            await("all pods run")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> List.of("gated", "labelled", "batch", "guarded").stream()
                            .allMatch(app -> node.workloads().pods(app).stream()
                                    .allMatch(pod ->
                                            "Running".equals(pod.getStatus().getPhase()))));
            await("the gate is open")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> node.workloads().pods("gated").stream()
                            .allMatch(pod -> pod.getStatus().getConditions().stream()
                                    .anyMatch(condition -> condition.getType().equals("Ready")
                                            && condition.getStatus().equals("True"))));

            node.interrupt(Duration.ofSeconds(30));
            JsonNode report = node.awaitReport(Duration.ofSeconds(60));

            assertThat(report.path("outcome").asText()).as(report.toString()).isEqualTo("done");
            assertThat(report.at("/pods/evicted").asInt()).isEqualTo(4);
            assertThat(report.at("/pods/forced").asInt()).isEqualTo(1);
            assertThat(node.node().getSpec().getUnschedulable()).isTrue();
            await("the last Event is written")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> !plane
                            .client()
                            .v1()
                            .events()
                            .inNamespace("default")
                            .withField("involvedObject.name", name)
                            .list()
                            .getItems()
                            .stream()
                            .filter(event -> event.getReason().equals("DrainCompleted"))
                            .toList()
                            .isEmpty());

            List<AuditEvent> requests = plane.auditLog().requestsOf(chart.user(), mark);
            assertThat(requests)
                    .as("refused for want of a right")
                    .noneMatch(request -> request.code() == 403 || request.code() == 422);
            Set<String> used = requests.stream()
                    .filter(request -> !request.resource().isEmpty())
                    .map(request -> request.verb() + " " + request.resource()
                            + (request.subresource().isEmpty() ? "" : "/" + request.subresource()))
                    .collect(Collectors.toCollection(TreeSet::new));
            used.addAll(NOT_ALWAYS_NEEDED);
            assertThat(used).isEqualTo(granted());
        }
    }

    /**
     * The API server takes up new policies within seconds, not at once. Another value each time: a patch that was let through
     * before they were in force leaves nothing to refuse in the same patch.
     */
    private static boolean refuses(KubernetesClient agent, String node) {
        try {
            agent.nodes()
                    .withName(node)
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            "{\"metadata\":{\"annotations\":{\"example.com/a\":\"%s\"}}}".formatted(UUID.randomUUID()));
            return false;
        } catch (KubernetesClientException refusal) {
            return String.valueOf(refusal.getMessage()).contains("Lastcall: ");
        }
    }

    private static Set<String> granted() {
        Set<String> granted = new TreeSet<>();
        for (JsonNode rule : Chart.one(Chart.objects(), "ClusterRole").path("rules")) {
            // Resources are told apart by their names alone: no two groups may share one.
            assertThat(GROUPS).contains(rule.at("/apiGroups/0").asText());
            for (JsonNode resource : rule.path("resources")) {
                StreamSupport.stream(rule.path("verbs").spliterator(), false)
                        .forEach(verb -> granted.add(verb.asText() + " " + resource.asText()));
            }
        }
        return granted;
    }
}
