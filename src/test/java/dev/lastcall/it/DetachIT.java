package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.load.Tally;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** {@code lastcall.serving.withdraw=label,detach}: the replacement starts at the notice, while the doomed pod still serves. */
class DetachIT {

    private static final Duration WINDOW = Duration.ofSeconds(60);

    /** A budget of one lets a single replica never go: whoever evicts first waits for the deadline and then forces it. */
    @Test
    void a_single_replica_that_a_budget_keeps_drains_without_force_once_its_replacement_is_ready() throws Exception {
        try (Scenario node = serving("detach")) {
            node.workloads().budgetOf("llm", 1);
            node.spare();
            LoadClient load = requests(node);

            Instant noticed = Instant.now();
            node.interrupt(WINDOW);

            JsonNode report = node.awaitReport(WINDOW.plusSeconds(30));
            Tally truth = load.await(Duration.ofSeconds(60));
            assertThat(truth.lost()).isEmpty();
            assertThat(truth.rejected()).as("turned away").isZero();
            assertThat(report.at("/pods/evicted").asInt(-1)).isEqualTo(1);
            assertThat(report.at("/pods/forced").asInt(-1)).isZero();
            assertThat(report.at("/requests/lost").asLong(-1)).isZero();
            assertThat(node.workloads().pods("llm")).singleElement().satisfies(replacement -> {
                assertThat(replacement.getSpec().getNodeName())
                        .isNotEqualTo(node.kubelet().nodeName());
                // Times of the API have whole seconds.
                assertThat(Instant.parse(replacement.getMetadata().getCreationTimestamp()))
                        .as("created at the notice, not at the eviction")
                        .isAfterOrEqualTo(noticed.minusSeconds(1))
                        .isBefore(noticed.plus(WINDOW.dividedBy(2)));
            });
        }
    }

    /** Detached, it would be an orphan without a successor; and if the node survived, it would be deleted for nothing. */
    @Test
    void a_pod_whose_replacement_a_quota_would_refuse_stays_with_its_replica_set() throws Exception {
        try (Scenario node = serving("quota")) {
            quota(node, 1);
            Pod before = node.workloads().pods("llm").getFirst();

            node.interrupt(Duration.ofSeconds(30));

            await("the pod is out of rotation")
                    .atMost(Duration.ofSeconds(40))
                    .until(() -> !Traces.onPods(node, "ServingWithdrawn").isEmpty());
            assertThat(Traces.onPods(node, "ServingWithdrawn"))
                    .extracting(Event::getMessage)
                    .allSatisfy(text -> assertThat(text)
                            .contains("Not detached: no replacement could start, ResourceQuota " + node.namespace()
                                    + "/one has 1 of 1 pods in use"));
            JsonNode report = node.awaitReport(Duration.ofSeconds(60));
            assertThat(report.path("findings").toString()).contains("was not detached", "ResourceQuota");
            assertThat(report.at("/pods/evicted").asInt(-1)).isEqualTo(1);
            await("its ReplicaSet has put another pod in its place")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> node.workloads().pods("llm").stream()
                            .anyMatch(pod ->
                                    !uid(pod).equals(uid(before)) && owner(pod).equals(owner(before))));
        }
    }

    @Test
    void an_agent_that_starts_after_the_detach_goes_on_with_the_same_pod_and_starts_no_second_replacement()
            throws Exception {
        try (Scenario node = serving("again")) {
            node.workloads().budgetOf("llm", 1);
            LoadClient load = requests(node);
            String doomed = uid(node.workloads().pods("llm").getFirst());

            node.interrupt(WINDOW);
            await("its ReplicaSet has let it go and made another")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> node.workloads().pods("llm").size() == 2);
            node.agent().kill9();
            node.startAgent(agent -> agent.config("lastcall.serving.withdraw", "label,detach"));
            node.spare();

            JsonNode report = node.awaitReport(WINDOW.plusSeconds(30));
            Tally truth = load.await(Duration.ofSeconds(60));
            assertThat(truth.lost()).isEmpty();
            assertThat(report.at("/pods/forced").asInt(-1)).isZero();
            assertThat(report.path("findings").toString()).doesNotContain("was not detached");
            assertThat(node.workloads().pods("llm"))
                    .as("one replacement, and the doomed pod is gone")
                    .hasSize(1)
                    .noneMatch(pod -> uid(pod).equals(doomed));
        }
    }

    private static Scenario serving(String name) throws Exception {
        Scenario node = new Scenario(ControlPlane.shared(), name);
        node.workloads().serving("llm", 1, RotationRule.LABEL, 30, "vllm", "serve", "tiny");
        node.route(RotationRule.LABEL, Duration.ofMillis(300), "llm");
        node.startAgent(agent -> agent.config("lastcall.serving.withdraw", "label,detach"));
        node.awaitRouted(1);
        return node;
    }

    private static LoadClient requests(Scenario node) {
        LoadClient load = node.load(LoadPlan.rate(3)
                .lasting(Duration.ofSeconds(1), Duration.ofSeconds(3))
                .newRequestsFor(Duration.ofSeconds(30)));
        await("requests are under way").atMost(Duration.ofSeconds(20)).until(() -> load.inFlight() >= 2);
        return load;
    }

    private static void quota(Scenario node, int pods) {
        node.client()
                .resourceQuotas()
                .inNamespace(node.namespace())
                .resource(new ResourceQuotaBuilder()
                        .withNewMetadata()
                        .withName("one")
                        .endMetadata()
                        .withNewSpec()
                        .withHard(Map.of("pods", new Quantity(String.valueOf(pods))))
                        .endSpec()
                        .build())
                .create();
        await("the quota has counted the pod").atMost(Duration.ofSeconds(30)).until(() -> {
            var used = node.client()
                    .resourceQuotas()
                    .inNamespace(node.namespace())
                    .withName("one")
                    .get()
                    .getStatus()
                    .getUsed();
            return used != null && new Quantity("1").equals(used.get("pods"));
        });
    }

    private static String uid(Pod pod) {
        return pod.getMetadata().getUid();
    }

    private static List<String> owner(Pod pod) {
        return Objects.requireNonNull(pod.getMetadata().getOwnerReferences()).stream()
                .map(reference -> reference.getUid())
                .toList();
    }
}
