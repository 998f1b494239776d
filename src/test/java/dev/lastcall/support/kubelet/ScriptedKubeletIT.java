package dev.lastcall.support.kubelet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.lastcall.support.controlplane.AuditEvent;
import dev.lastcall.support.controlplane.ControlPlane;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.policy.v1.EvictionBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The scripted kubelet's claims: it obeys as a kubelet does wherever the agent can see the difference. */
class ScriptedKubeletIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String GATE = "lastcall.dev/in-rotation";

    private final ControlPlane plane = ControlPlane.shared();
    private final KubernetesClient client = plane.client();
    private final String nodeName = "node-" + UUID.randomUUID().toString().substring(0, 8);
    private final String namespace = plane.newNamespace("kubelet");
    private final HttpProgram web = new HttpProgram();
    private ScriptedKubelet kubelet;

    @BeforeEach
    void startNode() {
        kubelet = node().start();
    }

    @AfterEach
    void stopNode() {
        kubelet.close();
    }

    @Test
    void a_deployment_of_three_becomes_ready_and_answers_on_three_addresses() throws IOException {
        deployment(template("web").build(), 3);

        List<Pod> pods = await().atMost(PATIENCE)
                .until(
                        () -> pods("web"),
                        list -> list.size() == 3 && list.stream().allMatch(ready()));

        assertThat(pods).extracting(pod -> pod.getStatus().getPodIP()).doesNotHaveDuplicates();
        for (Pod pod : pods) {
            assertThat(pod.getStatus().getPodIP()).startsWith("127.");
            InetSocketAddress address =
                    new InetSocketAddress(InetAddress.getByName(pod.getStatus().getPodIP()), 8000);
            assertThat(HttpCheck.get(address, "/", Map.of(), Duration.ofSeconds(5)))
                    .isEqualTo(200);
        }
    }

    @Test
    void a_readiness_gate_that_is_withheld_keeps_the_pod_unready_and_out_of_the_endpoint_slice() {
        kubelet.close();
        kubelet = node().reportAddress(address -> address.replaceFirst("^127\\.\\d+", "10.244"))
                .start();
        client.resource(new ServiceBuilder()
                        .withNewMetadata()
                        .withName("web")
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewSpec()
                        .withSelector(Map.of("app", "web"))
                        .addNewPort()
                        .withPort(80)
                        .withTargetPort(new IntOrString(8000))
                        .endPort()
                        .endSpec()
                        .build())
                .create();
        Pod pod =
                create(pod("web").editSpec().addNewReadinessGate(GATE).endSpec().build());

        Pod gated = awaitPod(pod, condition("ContainersReady", "True"));
        assertThat(conditionOf(gated, "Ready").getStatus()).isEqualTo("False");
        assertThat(conditionOf(gated, "Ready").getReason()).isEqualTo("ReadinessGatesNotReady");
        assertThat(conditionOf(gated, "Ready").getMessage()).contains(GATE, "does not exist");
        awaitEndpointReady(false);

        setGate(pod, "True");
        awaitPod(pod, ready());
        awaitEndpointReady(true);

        setGate(pod, "False");
        Pod withdrawn = awaitPod(pod, ready().negate());
        assertThat(conditionOf(withdrawn, GATE).getStatus())
                .as("a condition somebody else owns survives the kubelet's reports")
                .isEqualTo("False");
        assertThat(conditionOf(withdrawn, "ContainersReady").getStatus()).isEqualTo("True");
        awaitEndpointReady(false);
    }

    @Test
    void a_readiness_probe_decides_and_follows_the_program() {
        web.healthy(false);
        Pod pod = create(withReadinessProbe(pod("web")).build());
        Pod running = awaitPod(
                pod, candidate -> "Running".equals(candidate.getStatus().getPhase()));
        assertThat(ready().test(running)).isFalse();

        web.healthy(true);
        awaitPod(pod, ready());

        web.healthy(false);
        awaitPod(pod, ready().negate());
    }

    @Test
    void a_failing_liveness_probe_restarts_the_container() {
        Pod pod = create(pod("web")
                .editSpec()
                .editFirstContainer()
                .withNewLivenessProbe()
                .withNewHttpGet()
                .withPath("/health")
                .withPort(new IntOrString(8000))
                .endHttpGet()
                // Time for the test to make the program well again before its successor is probed.
                .withInitialDelaySeconds(5)
                .withPeriodSeconds(1)
                .withFailureThreshold(1)
                .endLivenessProbe()
                .endContainer()
                .endSpec()
                .build());
        awaitPod(pod, ready());

        web.healthy(false);
        awaitPod(
                pod,
                candidate ->
                        candidate.getStatus().getContainerStatuses().getFirst().getRestartCount() > 0);
        web.healthy(true);
        awaitPod(pod, ready());
    }

    @Test
    void a_pod_that_obeys_sigterm_is_gone_long_before_its_grace_ends() {
        Pod pod = create(pod("idle")
                .editSpec()
                .withTerminationGracePeriodSeconds(3600L)
                .endSpec()
                .build());
        awaitPod(pod, ready());

        delete(pod);

        awaitGone(pod);
    }

    @Test
    void a_pod_that_ignores_sigterm_keeps_its_grace_and_is_killed_at_its_end() {
        Pod pod = create(pod("stubborn")
                .editSpec()
                .withTerminationGracePeriodSeconds(4L)
                .endSpec()
                .build());
        awaitPod(pod, ready());
        long mark = plane.auditLog().mark();
        delete(pod);

        Pod terminating = awaitPod(pod, ready().negate());
        assertThat(terminating.getMetadata().getDeletionTimestamp()).isNotNull();
        awaitGone(pod);

        List<AuditEvent> deletes = deletesOf(pod, mark);
        assertThat(deletes).extracting(AuditEvent::user).containsExactly(ControlPlane.ADMIN, ControlPlane.KUBELET);
        assertThat(Duration.between(
                        deletes.getFirst().received(), deletes.getLast().received()))
                .isGreaterThanOrEqualTo(Duration.ofSeconds(4));
    }

    @Test
    void a_second_delete_shortens_the_grace_under_way() {
        Pod pod = create(pod("stubborn")
                .editSpec()
                .withTerminationGracePeriodSeconds(3600L)
                .endSpec()
                .build());
        awaitPod(pod, ready());
        delete(pod);
        awaitPod(pod, ready().negate());

        delete(pod, 2);

        awaitGone(pod);
    }

    @Test
    void a_pre_stop_sleep_comes_before_sigterm_and_counts_against_the_grace() {
        Pod pod = create(pod("idle")
                .editSpec()
                .withTerminationGracePeriodSeconds(60L)
                .editFirstContainer()
                .withNewLifecycle()
                .withNewPreStop()
                .withNewExec()
                .withCommand("/bin/sh", "-c", "sleep 3")
                .endExec()
                .endPreStop()
                .endLifecycle()
                .endContainer()
                .endSpec()
                .build());
        awaitPod(pod, ready());
        long mark = plane.auditLog().mark();
        delete(pod);
        awaitGone(pod);

        List<AuditEvent> deletes = deletesOf(pod, mark);
        assertThat(Duration.between(
                        deletes.getFirst().received(), deletes.getLast().received()))
                .isGreaterThanOrEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void a_forced_deletion_ends_the_program_though_the_object_is_gone() {
        Pod pod = create(pod("web").build());
        String address = awaitPod(pod, ready()).getStatus().getPodIP();

        delete(pod, 0);

        await().atMost(PATIENCE).until(() -> refuses(address));
        assertThat(get(pod)).isNull();
    }

    @Test
    void an_object_is_removed_by_uid_so_a_successor_of_the_same_name_lives() {
        PodBuilder same = pod("idle").editMetadata().withName("same").endMetadata();
        Pod first = create(same.build());
        delete(first, 0);
        Pod second = create(same.build());

        new PodApi(client).remove(first);

        assertThat(get(second))
                .isNotNull()
                .satisfies(pod ->
                        assertThat(pod.getMetadata().getDeletionTimestamp()).isNull());
    }

    @Test
    void a_disruption_budget_really_refuses_an_eviction() {
        deployment(template("web").build(), 1);
        client.resource(new PodDisruptionBudgetBuilder()
                        .withNewMetadata()
                        .withName("web")
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewSpec()
                        .withMinAvailable(new IntOrString(1))
                        .withNewSelector()
                        .withMatchLabels(Map.of("app", "web"))
                        .endSelector()
                        .endSpec()
                        .build())
                .create();
        Pod pod = await().atMost(PATIENCE)
                .until(
                        () -> pods("web"),
                        list -> list.size() == 1 && list.stream().allMatch(ready()))
                .getFirst();
        await().atMost(PATIENCE)
                .until(() -> client.policy()
                        .v1()
                        .podDisruptionBudget()
                        .inNamespace(namespace)
                        .withName("web")
                        .get()
                        .getStatus()
                        .getCurrentHealthy()
                        .equals(1));

        assertThatThrownBy(() -> evict(pod)).isInstanceOfSatisfying(KubernetesClientException.class, refused -> {
            assertThat(refused.getCode()).isEqualTo(429);
            assertThat(refused.getMessage()).contains("disruption budget");
        });
        assertThat(get(pod).getMetadata().getDeletionTimestamp()).isNull();
    }

    @Test
    void a_program_that_ends_by_itself_is_started_again() {
        kubelet.close();
        kubelet = node().image("brief", new BriefProgram()).start();

        Pod pod = create(pod("brief").build());

        awaitPod(
                pod,
                candidate -> candidate.getStatus().getContainerStatuses().stream()
                        .anyMatch(status -> status.getRestartCount() > 0));
    }

    @Test
    void a_pod_that_runs_to_completion_succeeds() {
        kubelet.close();
        kubelet = node().image("brief", new BriefProgram()).start();

        Pod pod = create(
                pod("brief").editSpec().withRestartPolicy("Never").endSpec().build());

        awaitPod(pod, candidate -> "Succeeded".equals(candidate.getStatus().getPhase()));
    }

    @Test
    void an_unknown_image_is_named_in_the_pods_status() {
        Pod pod = create(pod("nobody-knows").build());

        Pod waiting = awaitPod(
                pod,
                candidate -> candidate.getStatus().getContainerStatuses().stream()
                        .anyMatch(status -> status.getState().getWaiting() != null
                                && "ErrImageNeverPull"
                                        .equals(status.getState().getWaiting().getReason())));
        assertThat(waiting.getStatus().getPhase()).isEqualTo("Pending");
        delete(pod);
        awaitGone(pod);
    }

    @Test
    void the_node_is_what_the_cloud_would_show_and_stays_schedulable() {
        assertThat(kubelet.node().getSpec().getProviderID()).isEqualTo("aws:///eu-central-1a/i-0123456789abcdef0");
        assertThat(kubelet.node().getStatus().getAllocatable()).containsEntry("nvidia.com/gpu", new Quantity("8"));
        assertThat(kubelet.node().getSpec().getTaints()).isEmpty();

        kubelet.bootId("another");

        assertThat(kubelet.node().getStatus().getNodeInfo().getBootID()).isEqualTo("another");
    }

    @Test
    void power_off_kills_the_programs_and_silences_the_node() {
        Pod pod = create(pod("web").build());
        String address = awaitPod(pod, ready()).getStatus().getPodIP();

        kubelet.powerOff();

        assertThatThrownBy(() -> connect(address)).isInstanceOf(ConnectException.class);
        delete(pod, 1);
        assertThat(get(pod)).as("nobody is left to confirm the deletion").isNotNull();
    }

    @Test
    void closing_takes_the_node_away() {
        Pod pod = create(pod("web").build());
        String address = awaitPod(pod, ready()).getStatus().getPodIP();

        kubelet.close();

        assertThatThrownBy(() -> connect(address)).isInstanceOf(ConnectException.class);
        assertThat(client.nodes().withName(nodeName).get()).isNull();
    }

    private ScriptedKubelet.Builder node() {
        return ScriptedKubelet.on(plane, nodeName)
                .providerId("aws:///eu-central-1a/i-0123456789abcdef0")
                .image("web", web)
                .image("idle", new IdleProgram())
                .image("stubborn", new StubbornProgram());
    }

    private PodTemplateSpecBuilder template(String image) {
        return new PodTemplateSpecBuilder()
                .withNewMetadata()
                .addToLabels("app", image)
                .endMetadata()
                .withNewSpec()
                .addToNodeSelector("kubernetes.io/hostname", nodeName)
                .addNewContainer()
                .withName("main")
                .withImage(image)
                .addNewPort()
                .withContainerPort(8000)
                .endPort()
                .endContainer()
                .endSpec();
    }

    private PodBuilder pod(String image) {
        PodTemplateSpec template = template(image).build();
        return new PodBuilder()
                .withNewMetadata()
                .withGenerateName(image + "-")
                .withNamespace(namespace)
                .withLabels(template.getMetadata().getLabels())
                .endMetadata()
                .withSpec(template.getSpec());
    }

    private static PodBuilder withReadinessProbe(PodBuilder pod) {
        return pod.editSpec()
                .editFirstContainer()
                .withNewReadinessProbe()
                .withNewHttpGet()
                .withPath("/health")
                .withPort(new IntOrString(8000))
                .endHttpGet()
                .withPeriodSeconds(1)
                .withFailureThreshold(1)
                .endReadinessProbe()
                .endContainer()
                .endSpec();
    }

    private void deployment(PodTemplateSpec template, int replicas) {
        client.resource(new DeploymentBuilder()
                        .withNewMetadata()
                        .withName(template.getMetadata().getLabels().get("app"))
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewSpec()
                        .withReplicas(replicas)
                        .withNewSelector()
                        .withMatchLabels(template.getMetadata().getLabels())
                        .endSelector()
                        .withTemplate(template)
                        .endSpec()
                        .build())
                .create();
    }

    private Pod create(Pod pod) {
        return client.resource(pod).create();
    }

    private Pod get(Pod pod) {
        return client.pods()
                .inNamespace(namespace)
                .withName(pod.getMetadata().getName())
                .get();
    }

    private List<Pod> pods(String app) {
        return client.pods().inNamespace(namespace).withLabel("app", app).list().getItems();
    }

    private Pod awaitPod(Pod pod, Predicate<Pod> condition) {
        return await().atMost(PATIENCE).until(() -> get(pod), latest -> latest != null && condition.test(latest));
    }

    private void awaitGone(Pod pod) {
        await().atMost(PATIENCE).until(() -> get(pod) == null);
    }

    private void awaitEndpointReady(boolean ready) {
        await().atMost(PATIENCE)
                .until(
                        () -> client
                                .discovery()
                                .v1()
                                .endpointSlices()
                                .inNamespace(namespace)
                                .withLabel("kubernetes.io/service-name", "web")
                                .list()
                                .getItems()
                                .stream()
                                .flatMap(slice -> slice.getEndpoints().stream())
                                .map(Endpoint::getConditions)
                                .toList(),
                        list -> list.size() == 1 && list.getFirst().getReady() == ready);
    }

    private void setGate(Pod pod, String status) {
        Pod patch = new PodBuilder()
                .withNewStatus()
                .addNewCondition()
                .withType(GATE)
                .withStatus(status)
                .endCondition()
                .endStatus()
                .build();
        client.pods()
                .inNamespace(namespace)
                .withName(pod.getMetadata().getName())
                .subresource("status")
                .patch(PatchContext.of(PatchType.STRATEGIC_MERGE), Serialization.asJson(patch));
    }

    private void delete(Pod pod) {
        client.pods()
                .inNamespace(namespace)
                .withName(pod.getMetadata().getName())
                .delete();
    }

    private void delete(Pod pod, int graceSeconds) {
        client.pods()
                .inNamespace(namespace)
                .withName(pod.getMetadata().getName())
                .withGracePeriod(graceSeconds)
                .delete();
    }

    private void evict(Pod pod) {
        String path =
                "/api/v1/namespaces/" + namespace + "/pods/" + pod.getMetadata().getName() + "/eviction";
        client.raw(
                path,
                "POST",
                Serialization.asJson(new EvictionBuilder()
                        .withNewMetadata()
                        .withName(pod.getMetadata().getName())
                        .withNamespace(namespace)
                        .endMetadata()
                        .build()));
    }

    private List<AuditEvent> deletesOf(Pod pod, long mark) {
        return plane.auditLog().requests(mark).stream()
                .filter(event -> event.verb().equals("delete")
                        && event.name().equals(pod.getMetadata().getName()))
                .toList();
    }

    private static void connect(String address) throws IOException {
        try (Socket socket = new Socket(address, 8000)) {
            assertThat(socket.isConnected()).isTrue();
        }
    }

    private static boolean refuses(String address) throws IOException {
        try {
            connect(address);
            return false;
        } catch (ConnectException e) {
            return true;
        }
    }

    private static Predicate<Pod> ready() {
        return condition("Ready", "True");
    }

    private static Predicate<Pod> condition(String type, String status) {
        return pod -> pod.getStatus().getConditions().stream()
                .anyMatch(condition -> condition.getType().equals(type)
                        && condition.getStatus().equals(status));
    }

    private static PodCondition conditionOf(Pod pod, String type) {
        return pod.getStatus().getConditions().stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst()
                .orElseThrow();
    }
}
