package dev.lastcall.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.ToolRun;
import dev.lastcall.support.controlplane.ControlPlane;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Pod Security on a real API server: a namespace that enforces the level which the install's own notes name admits the pods of
 * every example, and one that enforces the next stricter level refuses them, so the notes ask for no more than is needed.
 */
class ChartAdmissionIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> LEVELS = List.of("restricted", "baseline", "privileged");
    private static final Pattern CLAIM = Pattern.compile("pod-security\\.kubernetes\\.io/enforce=(\\w+)");

    private static KubernetesClient client;

    @BeforeAll
    static void namespaces() {
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
        client = ControlPlane.shared().client();
        ObjectNode runtimeClass = JSON.createObjectNode()
                .put("apiVersion", "node.k8s.io/v1")
                .put("kind", "RuntimeClass")
                .put("handler", "nvidia");
        runtimeClass.putObject("metadata").put("name", "nvidia");
        try {
            client.raw("/apis/node.k8s.io/v1/runtimeclasses", "POST", runtimeClass);
        } catch (KubernetesClientException there) {
            assertThat(there.getCode()).isEqualTo(409);
        }
        for (String level : LEVELS) {
            client.resource(new NamespaceBuilder()
                            .withNewMetadata()
                            .withName(namespace(level))
                            .withLabels(Map.of("pod-security.kubernetes.io/enforce", level))
                            .endMetadata()
                            .build())
                    .serverSideApply();
        }
    }

    static Stream<List<String>> installs() {
        return Stream.concat(
                Chart.examples().stream().map(example -> List.of("-f", example.toString())),
                Stream.of(
                        List.of(),
                        List.of("--set", "hostNetwork=false"),
                        List.of("--set", "hostNetwork=false", "--set", "gpu.enabled=false"),
                        List.of("--set", "hostNetwork=false", "--set", "migPositions.enabled=true"),
                        List.of("--set", "hostNetwork=false", "--set", "gpuAllocation.enabled=true"),
                        List.of("--set", "hostNetwork=false", "--set", "gpu.access=gke"),
                        List.of("--set", "hostNetwork=false", "--set", "gpu.access=volumeMounts")));
    }

    @ParameterizedTest
    @MethodSource("installs")
    void the_level_that_the_notes_name_admits_the_pods_and_the_next_stricter_one_refuses_them(List<String> install) {
        String level = claimed(install);
        assertThat(LEVELS).contains(level);
        System.out.println(install + ": " + level);

        create(level, install);
        if (LEVELS.indexOf(level) > 0) {
            String stricter = LEVELS.get(LEVELS.indexOf(level) - 1);
            assertThatThrownBy(() -> create(stricter, install))
                    .isInstanceOf(KubernetesClientException.class)
                    .hasMessageContaining("violates PodSecurity \"" + stricter);
        }
    }

    /** What Helm tells the person who installs. */
    private static String claimed(List<String> install) {
        ToolRun run = Chart.helm(Stream.concat(
                        Stream.of(
                                "install",
                                Chart.RELEASE,
                                Chart.DIRECTORY.toString(),
                                "--dry-run=client",
                                "--namespace",
                                Chart.NAMESPACE,
                                "--set",
                                Chart.IMAGE),
                        install.stream())
                .toArray(String[]::new));
        assertThat(run.code()).as(run.all()).isZero();
        Matcher claim = CLAIM.matcher(run.out());
        assertThat(claim.find()).as(run.out()).isTrue();
        return claim.group(1);
    }

    private static void create(String level, List<String> install) {
        JsonNode template = Chart.one(Chart.objects(install.toArray(String[]::new)), "DaemonSet")
                .at("/spec/template");
        ObjectNode pod = JSON.createObjectNode().put("apiVersion", "v1").put("kind", "Pod");
        pod.set("spec", template.path("spec"));
        ObjectNode metadata = template.path("metadata").deepCopy();
        pod.set("metadata", metadata.put("name", "agent"));
        client.raw("/api/v1/namespaces/" + namespace(level) + "/pods?dryRun=All&fieldValidation=Strict", "POST", pod);
    }

    private static String namespace(String level) {
        return "chart-admission-" + level;
    }
}
