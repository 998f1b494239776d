package dev.lastcall.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.InstalledChart;
import dev.lastcall.support.controlplane.ControlPlane;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a token stolen from one node's agent can do: to that node what the agent itself does, elsewhere nothing. Asked of
 * the real API server with a token bound as kubelet binds it.
 *
 * <p>Over 300 lines because the table in SECURITY.md is asked line by line on one installed chart; half of the file is the
 * requests that this takes.
 */
class ChartPolicyIT {

    private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);
    private static final PatchContext STRATEGIC = PatchContext.of(PatchType.STRATEGIC_MERGE);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String LB_LABEL = "node.kubernetes.io/exclude-from-external-load-balancers";

    private static final String OWN =
            "policy-own-" + UUID.randomUUID().toString().substring(0, 5);
    private static final String OTHER = OWN.replace("own", "other");

    private static ControlPlane plane;
    private static InstalledChart chart;
    private static KubernetesClient admin;
    private static KubernetesClient thief;
    private static String namespace;

    @BeforeAll
    static void install() {
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
        plane = ControlPlane.shared();
        admin = plane.client();
        node(OWN);
        node(OTHER);
        chart = InstalledChart.install(plane, "policy");
        namespace = plane.newNamespace("policy-pods");
        Pod agent = pod(chart.namespace(), OWN, chart.name());
        thief = plane.newClient(chart.projectedToken(agent));
        // The API server takes up new policies within seconds, not at once.
        Pod foreign = pod(namespace, OTHER, "default");
        await("the policies are in force")
                .atMost(Duration.ofSeconds(60))
                .until(() -> Stream.<ThrowingCallable>of(
                                () -> nodePatch(
                                        thief, OTHER, "{\"metadata\":{\"annotations\":{\"lastcall.dev/x\":\"1\"}}}"),
                                () -> podPatch(
                                        thief,
                                        foreign,
                                        "{\"metadata\":{\"annotations\":{\"lastcall.dev/withdrawn\":\"1\"}}}"),
                                () -> thief.resource(event(OTHER, OTHER, "lastcall"))
                                        .create(),
                                () -> evict(thief, foreign, 5))
                        .allMatch(ChartPolicyIT::isRefusedByPolicy));
    }

    @AfterAll
    static void uninstall() {
        if (chart != null) {
            chart.close();
            admin.namespaces().withName(namespace).delete();
            admin.nodes().withName(OWN).delete();
            admin.nodes().withName(OTHER).delete();
        }
    }

    @Test
    void the_api_server_finds_nothing_wrong_in_the_types_of_the_expressions() {
        for (String part : List.of("nodes", "pods", "events", "evictions")) {
            JsonNode status = await("the API server has looked at " + part)
                    .atMost(Duration.ofSeconds(60))
                    .until(
                            () -> JSON.readTree(admin.raw(
                                            "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/"
                                                    + chart.name() + "-" + part))
                                    .path("status"),
                            found -> found.has("typeChecking"));
            assertThat(status.path("typeChecking").path("expressionWarnings"))
                    .as(part)
                    .isEmpty();
        }
    }

    @Test
    void the_own_node_is_cordoned_marked_and_given_back() {
        // The controllers may add a taint of their own between the reading and the patch; the agent reads again and
        // retries.
        await("cordoned").atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> {
            List<Map<String, String>> taints = with(taints(OWN), "lastcall.dev/interruption", "spot", "NoSchedule");
            nodePatch(thief, OWN, marks(true, taints, "\"lastcall\"", "\"{}\""));
            return true;
        });
        assertThat(admin.nodes().withName(OWN).get().getSpec().getUnschedulable())
                .isTrue();

        await("given back").atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> {
            List<Map<String, String>> rest = taints(OWN).stream()
                    .filter(taint -> !String.valueOf(taint.get("key")).startsWith("lastcall"))
                    .toList();
            nodePatch(thief, OWN, marks(false, rest, "null", "null"));
            return true;
        });
        Node node = admin.nodes().withName(OWN).get();
        assertThat(node.getMetadata().getLabels()).doesNotContainKey(LB_LABEL);
        assertThat(node.getSpec().getTaints()).extracting(Taint::getKey).doesNotContain("lastcall.dev/interruption");
    }

    @Test
    void another_node_is_out_of_reach() {
        refused(
                () -> nodePatch(thief, OTHER, "{\"spec\":{\"unschedulable\":true}}"),
                "may not change node " + OTHER,
                "agent on node " + OWN);
    }

    /** A token that was not projected into a pod (a Secret, a plain TokenRequest) says nothing of a node. */
    @Test
    void a_token_that_names_no_node_may_write_nowhere() {
        KubernetesClient anywhere = plane.newClient(plane.tokenFor(chart.namespace(), chart.name()));
        refused(() -> nodePatch(anywhere, OWN, "{\"spec\":{\"unschedulable\":true}}"), "names no node");
        Pod pod = pod(namespace, OWN, "default");
        refused(() -> anywhere.resource(pod).withGracePeriod(1).delete(), "names no node");
        refused(() -> evict(anywhere, pod, 5), "may not evict");
    }

    /** The API server remembers a token it has just seen for some seconds. */
    @Test
    void a_token_ends_with_its_pod() {
        Pod agent = pod(chart.namespace(), OWN, chart.name());
        KubernetesClient shortLived = plane.newClient(chart.projectedToken(agent));
        assertThat(shortLived.nodes().withName(OWN).get()).isNotNull();
        admin.resource(agent).withGracePeriod(0).delete();
        await("the token is refused").atMost(Duration.ofSeconds(60)).until(() -> {
            try {
                shortLived.nodes().withName(OWN).get();
                return false;
            } catch (KubernetesClientException refusal) {
                return refusal.getCode() == 401;
            }
        });
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {"metadata":{"labels":{"pool":"evil"}}} | labels
            {"metadata":{"labels":{"pool":null}}} | labels
            {"metadata":{"labels":{"node.kubernetes.io/exclude-from-external-load-balancers":"mine"}}} | labels
            {"metadata":{"annotations":{"example.com/owner":"me"}}} | annotations
            {"metadata":{"annotations":{"lastcall.dev/simulate":"spot,30s"}}} | not simulate
            {"metadata":{"finalizers":["example.com/stay"]}} | finalizers
            {"spec":{"providerID":"aws:///zone/i-0"}} | spec
            {"spec":{"taints":[]}} | own taints
            """)
    void of_the_own_node_only_what_is_ours_can_change(String patch, String reason) {
        refused(() -> nodePatch(thief, OWN, patch), reason);
    }

    @Test
    void a_taint_that_ends_running_pods_is_refused_even_under_our_own_name() {
        await("refused for the effect, not for a foreign taint that came meanwhile")
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> {
                    String patch = "{\"spec\":{\"taints\":%s}}"
                            .formatted(json(with(taints(OWN), "lastcall.dev/interruption", "spot", "NoExecute")));
                    refused(() -> nodePatch(thief, OWN, patch), "NoExecute");
                });
    }

    @Test
    void a_serving_pod_of_the_own_node_is_withdrawn_by_every_strategy() {
        Pod pod = pod(namespace, OWN, "default");
        podPatch(
                thief,
                pod,
                "{\"metadata\":{\"labels\":{\"lastcall.dev/rotation\":\"out\",\"pod-template-hash\":null},\"annotations\":{"
                        + "\"aibrix.ai/draining\":\"true\",\"lastcall.dev/withdrawn\":\"label\",\"lastcall.dev/drain-deadline\":\"soon\"}}}");
        statusPatch(thief, pod, "lastcall.dev/in-rotation");

        Pod now = admin.resource(pod).get();
        assertThat(now.getMetadata().getLabels())
                .containsEntry("lastcall.dev/rotation", "out")
                .doesNotContainKey("pod-template-hash");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {"metadata":{"labels":{"app":"evil"}}} | labels
            {"metadata":{"labels":{"pod-template-hash":"other"}}} | labels
            {"metadata":{"labels":{"lastcall.dev/rotation":null}}} | labels
            {"metadata":{"annotations":{"lastcall.dev/port":"1"}}} | annotations
            {"metadata":{"finalizers":["example.com/stay"]}} | finalizers
            {"spec":{"activeDeadlineSeconds":1}} | spec
            """)
    void of_a_pod_only_what_is_ours_can_change(String patch, String reason) {
        Pod pod = pod(namespace, OWN, "default");
        refused(() -> podPatch(thief, pod, patch), reason);
    }

    @Test
    void of_a_pods_status_only_our_condition_can_change() {
        Pod pod = pod(namespace, OWN, "default");
        refused(() -> statusPatch(thief, pod, "Ready"), "lastcall.dev/in-rotation");
        refused(
                () -> thief.resource(pod).subresource("status").patch(STRATEGIC, "{\"status\":{\"phase\":\"Failed\"}}"),
                "lastcall.dev/in-rotation");
    }

    @Test
    void a_pod_is_marked_as_disrupted_in_the_agents_own_name_and_no_such_mark_is_taken_away() {
        Pod pod = pod(namespace, OWN, "default");
        refused(() -> disrupted(pod, "True", "EvictionByEvictionAPI"), "DisruptionTarget");
        refused(() -> disrupted(pod, "False", "DeletionByLastcall"), "DisruptionTarget");
        disrupted(pod, "True", "DeletionByLastcall");
        assertThat(admin.resource(pod).get().getStatus().getConditions())
                .anyMatch(condition -> condition.getType().equals("DisruptionTarget")
                        && "DeletionByLastcall".equals(condition.getReason()));
        refused(() -> disrupted(pod, "False", "DeletionByLastcall"), "DisruptionTarget");
    }

    /** With its time: the disruption controller takes a mark without one for an old one, and resets it at once. */
    private static void disrupted(Pod pod, String status, String reason) {
        thief.resource(pod).subresource("status").patch(STRATEGIC, """
                        {"status":{"conditions":[{"type":"DisruptionTarget","status":"%s","reason":"%s",
                        "lastTransitionTime":"%s"}]}}""".formatted(
                        status, reason, Instant.now().truncatedTo(ChronoUnit.SECONDS)));
    }

    @Test
    void a_pod_of_another_node_can_be_neither_marked_nor_evicted_nor_deleted() {
        Pod pod = pod(namespace, OTHER, "default");
        String where = namespace + "/" + pod.getMetadata().getName() + " on node " + OTHER;
        refused(() -> podPatch(thief, pod, "{\"metadata\":{\"labels\":{\"lastcall.dev/rotation\":\"out\"}}}"), where);
        refused(() -> statusPatch(thief, pod, "lastcall.dev/in-rotation"), where);
        refused(() -> evict(thief, pod, 5), where);
        refused(() -> thief.resource(pod).withGracePeriod(5).delete(), where);
        assertThat(admin.resource(pod).get().getMetadata().getDeletionTimestamp())
                .isNull();
    }

    @Test
    void pods_of_the_own_node_are_evicted_and_deleted_but_never_without_grace() {
        Pod evicted = pod(namespace, OWN, "default");
        refused(() -> evict(thief, evicted, 0), "without any grace");
        evict(thief, evicted, 5);
        Pod deleted = pod(namespace, OWN, "default");
        refused(() -> thief.resource(deleted).withGracePeriod(0).delete(), "without any grace");
        thief.resource(deleted).withGracePeriod(1).delete();
        assertThat(admin.resource(deleted).get().getMetadata().getDeletionTimestamp())
                .isNotNull();
    }

    @Test
    void events_speak_in_the_agents_name_about_its_own_node() {
        thief.resource(event(OWN, OWN, "lastcall")).create();
        refused(() -> thief.resource(event(OWN, OTHER, "lastcall")).create(), "about node " + OTHER);
        refused(() -> thief.resource(event(OTHER, OWN, "lastcall")).create(), "own name");
        Event kubelets = admin.resource(event(OTHER, OTHER, "kubelet")).create();
        refused(() -> thief.v1().events().resource(kubelets).patch(MERGE, "{\"message\":\"all is well\"}"), "own name");
    }

    /** What RBAC does not grant needs no policy: nothing else is granted. */
    @Test
    void everything_else_is_refused_by_rbac() {
        for (ThrowingCallable attempt : List.<ThrowingCallable>of(
                () -> thief.secrets().inNamespace(namespace).list(),
                () -> thief.configMaps().inNamespace(namespace).list(),
                () -> thief.resource(pod(namespace, OWN, "default")).update(),
                () -> thief.nodes().withName(OWN).delete(),
                () -> thief.raw("/api/v1/nodes/" + OWN + "/status", "PATCH", Map.of()),
                () -> thief.raw(
                        "/api/v1/namespaces/" + namespace + "/pods", "POST", Map.of("kind", "Pod", "apiVersion", "v1")),
                () -> thief.raw("/api/v1/namespaces/" + namespace + "/pods", "DELETE", null))) {
            assertThatThrownBy(attempt).isInstanceOfSatisfying(KubernetesClientException.class, refusal -> {
                assertThat(refusal.getCode()).isEqualTo(403);
                assertThat(refusal.getMessage()).contains(chart.user());
            });
        }
    }

    /** The policies are about one account: a person's cordon or a controller's delete must not notice them. */
    @Test
    void nobody_elses_requests_are_touched() {
        nodePatch(admin, OTHER, "{\"metadata\":{\"labels\":{\"pool\":\"changed\"}}}");
        Pod pod = pod(namespace, OTHER, "default");
        evict(admin, pod, 0);
    }

    private static void refused(ThrowingCallable attempt, String... words) {
        assertThatThrownBy(attempt).isInstanceOfSatisfying(KubernetesClientException.class, refusal -> {
            assertThat(refusal.getCode()).isEqualTo(403);
            assertThat(refusal.getMessage()).contains("Lastcall: ").contains(words);
        });
    }

    private static boolean isRefusedByPolicy(ThrowingCallable attempt) {
        try {
            attempt.call();
            return false;
        } catch (KubernetesClientException refusal) {
            return String.valueOf(refusal.getMessage()).contains("Lastcall: ");
        } catch (Throwable other) {
            return false;
        }
    }

    private static void nodePatch(KubernetesClient who, String node, String patch) {
        who.nodes().withName(node).patch(MERGE, patch);
    }

    private static void podPatch(KubernetesClient who, Pod pod, String patch) {
        who.resource(pod).patch(MERGE, patch);
    }

    private static void statusPatch(KubernetesClient who, Pod pod, String condition) {
        who.resource(pod)
                .subresource("status")
                .patch(
                        STRATEGIC,
                        "{\"status\":{\"conditions\":[{\"type\":\"%s\",\"status\":\"False\",\"lastTransitionTime\":\"2026-01-01T00:00:00Z\"}]}}"
                                .formatted(condition));
    }

    private static void evict(KubernetesClient who, Pod pod, int grace) {
        who.raw(
                path(pod) + "/eviction",
                "POST",
                Map.of(
                        "apiVersion",
                        "policy/v1",
                        "kind",
                        "Eviction",
                        "metadata",
                        Map.of("name", pod.getMetadata().getName(), "namespace", namespace),
                        "deleteOptions",
                        Map.of("gracePeriodSeconds", grace)));
    }

    private static String path(Pod pod) {
        return "/api/v1/namespaces/" + pod.getMetadata().getNamespace() + "/pods/"
                + pod.getMetadata().getName();
    }

    private static String marks(boolean cordon, List<Map<String, String>> taints, String label, String annotation) {
        return "{\"spec\":{\"unschedulable\":%s,\"taints\":%s},\"metadata\":{\"labels\":{\"%s\":%s},\"annotations\":{\"lastcall.dev/drain\":%s}}}"
                .formatted(cordon, json(taints), LB_LABEL, label, annotation);
    }

    private static List<Map<String, String>> taints(String node) {
        return admin.nodes().withName(node).get().getSpec().getTaints().stream()
                .map(taint -> Stream.of(
                                Map.entry("key", taint.getKey()),
                                Map.entry("value", taint.getValue() == null ? "" : taint.getValue()),
                                Map.entry("effect", taint.getEffect()))
                        .filter(entry -> !entry.getValue().isEmpty())
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)))
                .toList();
    }

    private static List<Map<String, String>> with(
            List<Map<String, String>> taints, String key, String value, String effect) {
        return Stream.concat(taints.stream(), Stream.of(Map.of("key", key, "value", value, "effect", effect)))
                .toList();
    }

    private static String json(Object value) {
        return JSON.valueToTree(value).toString();
    }

    private static void node(String name) {
        admin.resource(new NodeBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .addToLabels("pool", "gpu")
                        .endMetadata()
                        .withNewSpec()
                        .addNewTaint("NoSchedule", "example.com/quarantine", null, "disk")
                        .endSpec()
                        .build())
                .create();
    }

    /** Bound at once and run by nobody: the API server asks no more of it here. */
    private static Pod pod(String namespace, String node, String serviceAccount) {
        return admin.resource(new PodBuilder()
                        .withNewMetadata()
                        .withGenerateName("pod-")
                        .withNamespace(namespace)
                        .addToLabels("lastcall.dev/rotation", "in")
                        .addToLabels("pod-template-hash", "abc")
                        .endMetadata()
                        .withNewSpec()
                        .withNodeName(node)
                        .withServiceAccountName(serviceAccount)
                        .addNewReadinessGate("lastcall.dev/in-rotation")
                        .addNewToleration()
                        .withOperator("Exists")
                        .endToleration()
                        .addNewContainer()
                        .withName("main")
                        .withImage("none")
                        .endContainer()
                        .endSpec()
                        .build())
                .create();
    }

    private static Event event(String host, String node, String component) {
        return new EventBuilder()
                .withNewMetadata()
                .withGenerateName(node + ".")
                .withNamespace("default")
                .endMetadata()
                .withNewInvolvedObject()
                .withApiVersion("v1")
                .withKind("Node")
                .withName(node)
                .withUid(node)
                .endInvolvedObject()
                .withType("Normal")
                .withReason("Test")
                .withMessage("test")
                .withNewSource(component, host)
                .build();
    }
}
