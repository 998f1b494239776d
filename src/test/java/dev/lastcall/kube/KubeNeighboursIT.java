package dev.lastcall.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.PodView;
import dev.lastcall.serving.Withdrawals;
import dev.lastcall.serving.rotation.Endpoint;
import dev.lastcall.serving.rotation.Neighbours.Sight;
import dev.lastcall.serving.rotation.Service;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who serves beside a doomed pod, as a real API server with its budgets tells it. */
class KubeNeighboursIT {

    private static final Map<String, String> LABELS = Map.of("app", "llm", Withdrawals.ROTATION, "in");

    private final RealApi api = new RealApi("neighbours");
    private final KubePods pods = new KubePods(api.client, api.node, InstantSource.system());
    private Instant now = Instant.EPOCH;
    private final KubeNeighbours neighbours = new KubeNeighbours(api.client, this::later);

    @AfterEach
    void tearDown() {
        pods.close();
        api.admin.services().inNamespace(api.namespace).delete();
        api.close();
    }

    @Test
    void the_pods_of_a_service_are_seen_with_what_the_budget_wants() {
        PodView pod = view(api.runningPod("a", LABELS));
        api.runningPod("b", LABELS);
        service("llm", LABELS);
        budget(2);

        await().untilAsserted(() -> assertThat(services(pod)).singleElement().satisfies(service -> {
            assertThat(service.name()).isEqualTo("Service " + api.namespace + "/llm");
            assertThat(service.desiredHealthy()).hasValue(2);
            assertThat(service.endpoints()).hasSize(2).allMatch(Endpoint::ready).allMatch(Endpoint::inRotation);
        }));
    }

    /** Else a service whose pods have all been withdrawn would look as if it had never had any. */
    @Test
    void a_pod_that_was_taken_out_and_one_that_is_doomed_are_told_apart_from_those_that_stay() {
        PodView pod = view(api.runningPod("a", LABELS));
        Pod out = api.runningPod("b", LABELS);
        Pod kept = api.runningPod("c", LABELS);
        service("llm", LABELS);
        mark(out, Map.of(Withdrawals.ROTATION, Optional.of("out")), Map.of());
        String version = mark(
                kept,
                Map.of(),
                Map.of(
                        Withdrawals.DEADLINE, Optional.of("2026-11-29T12:00:00Z"),
                        Withdrawals.KEPT, Optional.of("true")));

        Map<String, Endpoint> seen = ((Sight.Seen) neighbours.of(pod, version))
                .services().getFirst().endpoints().stream()
                        .collect(Collectors.toMap(Endpoint::uid, Function.identity()));

        assertThat(of(seen, out.getMetadata().getUid()).inRotation()).isFalse();
        assertThat(of(seen, kept.getMetadata().getUid()))
                .isEqualTo(new Endpoint(
                        kept.getMetadata().getUid(), true, true, Instant.parse("2026-11-29T12:00:00Z"), true));
        assertThat(of(seen, pod.ref().uid()).doomedAt()).isNull();
    }

    @Test
    void what_nothing_selects_and_nobody_controls_has_no_neighbours() {
        PodView pod = view(api.runningPod("a", Map.of("app", "alone")));
        service("other", LABELS);
        assertThat(services(pod)).isEmpty();
    }

    @Test
    void an_endpoint_that_stays_ready_after_a_withdrawal_is_named_with_its_service() {
        PodView pod = view(api.runningPod("a", LABELS));
        api.admin
                .discovery()
                .v1()
                .endpointSlices()
                .inNamespace(api.namespace)
                .resource(new EndpointSliceBuilder()
                        .withNewMetadata()
                        .withName("llm-1")
                        .withLabels(Map.of("kubernetes.io/service-name", "llm"))
                        .endMetadata()
                        .withAddressType("IPv4")
                        .addNewEndpoint()
                        .withAddresses("10.0.0.1")
                        .withNewConditions()
                        .withReady(true)
                        .endConditions()
                        .withNewTargetRef()
                        .withKind("Pod")
                        .withUid(pod.ref().uid())
                        .endTargetRef()
                        .endEndpoint()
                        .build())
                .create();
        await().untilAsserted(() -> assertThat(neighbours.stillRouted(pod))
                .singleElement()
                .asString()
                .contains("Service " + api.namespace + "/llm", "llm-1"));
    }

    private static Endpoint of(Map<String, Endpoint> seen, String uid) {
        return Objects.requireNonNull(seen.get(uid), uid);
    }

    private List<Service> services(PodView pod) {
        return neighbours.of(pod, "") instanceof Sight.Seen seen ? seen.services() : List.of();
    }

    private String mark(Pod pod, Map<String, Optional<String>> labels, Map<String, Optional<String>> annotations) {
        return ((PatchAnswer.Done) pods.mark(RealApi.ref(pod), labels, annotations)).resourceVersion();
    }

    private static PodView view(Pod pod) {
        return PodViews.of(new ObjectMapper().valueToTree(pod));
    }

    private void service(String name, Map<String, String> selector) {
        api.admin
                .services()
                .inNamespace(api.namespace)
                .resource(new ServiceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .withNewSpec()
                        .withSelector(selector)
                        .addNewPort()
                        .withPort(80)
                        .endPort()
                        .endSpec()
                        .build())
                .create();
    }

    private void budget(int minimum) {
        api.admin
                .policy()
                .v1()
                .podDisruptionBudget()
                .inNamespace(api.namespace)
                .resource(new PodDisruptionBudgetBuilder()
                        .withNewMetadata()
                        .withName("llm")
                        .endMetadata()
                        .withNewSpec()
                        .withNewMinAvailable(minimum)
                        .withNewSelector()
                        .withMatchLabels(Map.of("app", "llm"))
                        .endSelector()
                        .endSpec()
                        .build())
                .create();
    }

    /** What is shared within a second is read anew at each look. */
    private Instant later() {
        now = now.plusSeconds(2);
        return now;
    }
}
