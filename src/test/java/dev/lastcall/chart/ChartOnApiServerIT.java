package dev.lastcall.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.controlplane.ControlPlane;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every object of every render, as a real API server takes it: dry run, unknown fields are errors. */
class ChartOnApiServerIT {

    private static final Map<String, String> PLURALS = Map.of(
            "NetworkPolicy", "networkpolicies",
            "ValidatingAdmissionPolicy", "validatingadmissionpolicies");
    private static final List<String> CLUSTER_WIDE = List.of(
            "ClusterRole", "ClusterRoleBinding", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding");

    private static KubernetesClient client;

    @BeforeAll
    static void definitions() throws IOException {
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
        client = ControlPlane.shared().client();
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(Chart.NAMESPACE)
                        .endMetadata()
                        .build())
                .serverSideApply();
        try (Stream<Path> files = Files.list(Chart.tools().resolve("crds"))) {
            for (Path file : files.toList()) {
                CustomResourceDefinition definition = client.apiextensions()
                        .v1()
                        .customResourceDefinitions()
                        .load(file.toFile())
                        .forceConflicts()
                        .serverSideApply();
                await(file + " is served")
                        .atMost(Duration.ofSeconds(30))
                        .until(() ->
                                established(client, definition.getMetadata().getName()));
            }
        }
    }

    /** A definition has no status at first, and then one without conditions. */
    private static boolean established(KubernetesClient client, String name) {
        return Stream.ofNullable(client.apiextensions()
                        .v1()
                        .customResourceDefinitions()
                        .withName(name)
                        .get()
                        .getStatus())
                .flatMap(status -> Stream.ofNullable(status.getConditions()))
                .flatMap(List::stream)
                .anyMatch(condition -> condition.getType().equals("Established")
                        && condition.getStatus().equals("True"));
    }

    static Stream<String> variants() {
        return Chart.variants().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("variants")
    void the_api_server_takes_every_object(String variant) {
        for (JsonNode object : objects(variant)) {
            if (object.path("kind").asText().equals(Chart.CONSTRAINTS)) {
                System.out.println("skipped: no API server but OpenShift's knows " + Chart.CONSTRAINTS);
                continue;
            }
            assertThatCode(() -> create(object))
                    .as(variant + ": " + object.path("kind").asText())
                    .doesNotThrowAnyException();
        }
    }

    /** Otherwise the test above would also pass on a server that takes anything. */
    @Test
    void a_field_that_does_not_exist_is_refused() {
        for (String kind : List.of("DaemonSet", "PodMonitor", "PrometheusRule")) {
            ObjectNode object = Chart.one(objects("everything"), kind).deepCopy();
            ((ObjectNode) object.path("spec")).put("hostNetwrok", true);
            assertThatThrownBy(() -> create(object))
                    .as(kind)
                    .isInstanceOf(KubernetesClientException.class)
                    .hasMessageContaining("hostNetwrok");
        }
    }

    @Test
    void every_kind_that_the_chart_can_make_is_among_them() {
        assertThat(objects("everything").stream()
                        .map(object -> object.path("kind").asText()))
                .contains(
                        "DaemonSet",
                        "ServiceAccount",
                        "ClusterRole",
                        "ClusterRoleBinding",
                        "Service",
                        "PodMonitor",
                        "ServiceMonitor",
                        "PrometheusRule",
                        "ConfigMap",
                        "NetworkPolicy",
                        "ValidatingAdmissionPolicy",
                        "ValidatingAdmissionPolicyBinding");
    }

    /** Under names of their own: the control plane of the tests has objects called lastcall. */
    private static List<JsonNode> objects(String variant) {
        return Chart.objects(
                Stream.concat(Stream.of(Chart.variant(variant)), Stream.of("--set", "fullnameOverride=dry-run"))
                        .toArray(String[]::new));
    }

    private static void create(JsonNode object) {
        String version = object.path("apiVersion").asText();
        String kind = object.path("kind").asText();
        String plural = PLURALS.getOrDefault(kind, kind.toLowerCase(Locale.ROOT) + "s");
        client.raw(
                (version.contains("/") ? "/apis/" : "/api/")
                        + version
                        + (CLUSTER_WIDE.contains(kind) ? "" : "/namespaces/" + Chart.NAMESPACE)
                        + "/" + plural + "?dryRun=All&fieldValidation=Strict",
                "POST",
                object);
    }
}
