package dev.lastcall.stack;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.DryRun;
import dev.lastcall.support.chart.ServingChart;
import dev.lastcall.support.controlplane.ControlPlane;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every object of every render, as a real API server takes it: dry run, unknown fields are errors. */
class ServingOnApiServerIT {

    private static DryRun server;

    @BeforeAll
    static void definitions() {
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
        assumeTrue(ServingChart.definitionsAreThere(), ServingChart.SKIPPED);
        KubernetesClient client = ControlPlane.shared().client();
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(ServingChart.NAMESPACE)
                        .endMetadata()
                        .build())
                .serverSideApply();
        server = new DryRun(client, ServingChart.NAMESPACE);
        server.define(ServingChart.definitions());
    }

    static Stream<String> variants() {
        return ServingChart.variants().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("variants")
    void the_api_server_takes_every_object(String variant) {
        for (JsonNode object : ServingChart.objects(ServingChart.variant(variant))) {
            assertThatCode(() -> server.create(object))
                    .as(variant + ": " + object.path("kind").asText())
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void the_api_server_takes_the_node_pools_for_karpenter() {
        for (JsonNode pool : DryRun.read(ServingChart.DIRECTORY.resolve("infrastructure/karpenter/nodepools.yaml"))) {
            assertThatCode(() -> server.create(pool)).doesNotThrowAnyException();
        }
    }

    /** Otherwise the tests above would also pass on a server that takes anything. */
    @Test
    void a_field_that_does_not_exist_is_refused() {
        List<JsonNode> objects = ServingChart.objects(ServingChart.variant("everything"));
        for (String kind :
                List.of("Deployment", "ScaledObject", "ScaledJob", "InferencePool", "VerticalPodAutoscaler")) {
            ObjectNode object = Chart.one(objects, kind).deepCopy();
            ((ObjectNode) object.path("spec")).put("replicsa", 1);
            assertThatThrownBy(() -> server.create(object))
                    .as(kind)
                    .isInstanceOf(KubernetesClientException.class)
                    .hasMessageContaining("replicsa");
        }
    }
}
