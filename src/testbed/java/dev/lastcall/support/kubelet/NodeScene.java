package dev.lastcall.support.kubelet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.support.controlplane.AuditEvent;
import dev.lastcall.support.controlplane.ControlPlane;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.policy.v1.EvictionBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;

/** One scripted node and a namespace of its own, and the few things the tests of the kubelet do with pods. */
abstract class NodeScene {

    static final Duration PATIENCE = Duration.ofSeconds(60);
    static final String GATE = "lastcall.dev/in-rotation";

    final ControlPlane plane = ControlPlane.shared();
    final KubernetesClient client = plane.client();
    final String nodeName = "node-" + UUID.randomUUID().toString().substring(0, 8);
    final String namespace = plane.newNamespace("kubelet");
    final HttpProgram web = new HttpProgram();
    ScriptedKubelet kubelet = node().start();

    @AfterEach
    void stopNode() {
        kubelet.close();
    }

    ScriptedKubelet.Builder node() {
        return ScriptedKubelet.on(plane, nodeName)
                .providerId("aws:///eu-central-1a/i-0123456789abcdef0")
                .image("web", web)
                .image("idle", new IdleProgram())
                .image("stubborn", new StubbornProgram());
    }

    PodTemplateSpecBuilder template(String image) {
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

    PodBuilder pod(String image) {
        PodTemplateSpec template = template(image).build();
        return new PodBuilder()
                .withNewMetadata()
                .withGenerateName(image + "-")
                .withNamespace(namespace)
                .withLabels(template.getMetadata().getLabels())
                .endMetadata()
                .withSpec(template.getSpec());
    }

    static PodBuilder withReadinessProbe(PodBuilder pod) {
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

    void deployment(PodTemplateSpec template, int replicas) {
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

    Pod create(Pod pod) {
        return client.resource(pod).create();
    }

    Pod get(Pod pod) {
        return client.pods()
                .inNamespace(namespace)
                .withName(pod.getMetadata().getName())
                .get();
    }

    List<Pod> pods(String app) {
        return client.pods().inNamespace(namespace).withLabel("app", app).list().getItems();
    }

    Pod awaitPod(Pod pod, Predicate<Pod> condition) {
        return await().atMost(PATIENCE).until(() -> get(pod), latest -> latest != null && condition.test(latest));
    }

    void awaitGone(Pod pod) {
        await().atMost(PATIENCE).until(() -> get(pod) == null);
    }

    void awaitEndpointReady(boolean ready) {
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

    void setGate(Pod pod, String status) {
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

    void delete(Pod pod) {
        client.pods()
                .inNamespace(namespace)
                .withName(pod.getMetadata().getName())
                .delete();
    }

    void delete(Pod pod, int graceSeconds) {
        client.pods()
                .inNamespace(namespace)
                .withName(pod.getMetadata().getName())
                .withGracePeriod(graceSeconds)
                .delete();
    }

    void evict(Pod pod) {
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

    List<AuditEvent> deletesOf(Pod pod, long mark) {
        return plane.auditLog().requests(mark).stream()
                .filter(event -> event.verb().equals("delete")
                        && event.name().equals(pod.getMetadata().getName()))
                .toList();
    }

    static void connect(String address) throws IOException {
        try (Socket socket = new Socket(address, 8000)) {
            assertThat(socket.isConnected()).isTrue();
        }
    }

    static boolean refuses(String address) throws IOException {
        try {
            connect(address);
            return false;
        } catch (ConnectException e) {
            return true;
        }
    }

    static Predicate<Pod> ready() {
        return condition("Ready", "True");
    }

    static Predicate<Pod> condition(String type, String status) {
        return pod -> pod.getStatus().getConditions().stream()
                .anyMatch(condition -> condition.getType().equals(type)
                        && condition.getStatus().equals(status));
    }

    static PodCondition conditionOf(Pod pod, String type) {
        return pod.getStatus().getConditions().stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst()
                .orElseThrow();
    }
}
