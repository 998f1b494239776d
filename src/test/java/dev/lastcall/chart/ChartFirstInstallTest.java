package dev.lastcall.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.ToolRun;
import java.util.List;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The first five minutes: an image, a node that matches, a way to the GPUs, a namespace that admits the pods, a scrape. */
class ChartFirstInstallTest {

    @BeforeAll
    static void helm() {
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
    }

    /** The default used to name an image that nobody had published: ImagePullBackOff on every node. */
    @Test
    void without_an_image_nothing_is_installed_and_the_message_says_how_to_get_one() {
        ToolRun run = Chart.template("--set", "image.repository=");
        assertThat(run.code()).isNotZero();
        assertThat(run.err()).contains("image.repository is not set", "make image", "--set image.repository=");
        assertThat(run.out()).isEmpty();
    }

    /** Without it Prometheus renames the series' own labels to exported_*, and every workload is the agent's pod. */
    @ParameterizedTest
    @ValueSource(strings = {"PodMonitor", "ServiceMonitor"})
    void a_scrape_through_the_operator_keeps_the_labels_of_the_workload(String kind) {
        JsonNode spec =
                Chart.one(Chart.objects(Chart.variant("everything")), kind).path("spec");
        JsonNode endpoint = spec.path(kind.equals("PodMonitor") ? "podMetricsEndpoints" : "endpoints")
                .path(0);
        assertThat(endpoint.path("honorLabels").asBoolean()).isTrue();
        assertThat(endpoint.path("relabelings").toString()).contains("__meta_kubernetes_pod_node_name");
    }

    @ParameterizedTest(name = "gpu.access={0}")
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
                    runtime      | all  | utility | -      | -                     | false
                    runtimeClass | all  | utility | nvidia | -                     | false
                    volumeMounts | -    | utility | -      | /dev/null             | false
                    gke          | void | -       | -      | /home/kubernetes/bin/nvidia | true
                    none         | void | -       | -      | -                     | false
                    """)
    void each_way_to_the_gpus_asks_for_what_that_way_needs_and_nothing_else(
            String access,
            @Nullable String devices,
            @Nullable String capabilities,
            @Nullable String runtimeClass,
            @Nullable String hostPath,
            boolean privileged) {
        JsonNode pod = podSpec("--set", "gpu.access=" + access);
        assertThat(environment(pod, "NVIDIA_VISIBLE_DEVICES")).isEqualTo(devices);
        assertThat(environment(pod, "NVIDIA_DRIVER_CAPABILITIES")).isEqualTo(capabilities);
        assertThat(pod.path("runtimeClassName").asText(null)).isEqualTo(runtimeClass);
        assertThat(pod.at("/containers/0/securityContext/privileged").asBoolean())
                .isEqualTo(privileged);
        assertThat(pod.at("/securityContext/runAsUser").asInt()).isEqualTo(65532);
        assertThat(pod.findValues("hostPath").stream()
                        .map(path -> path.path("path").asText()))
                .isEqualTo(hostPath == null ? List.of() : List.of(hostPath));
    }

    @Test
    void a_runtime_class_of_ones_own_wins() {
        JsonNode pod = podSpec("--set", "gpu.access=runtimeClass", "--set", "runtimeClassName=nvidia-cdi");
        assertThat(pod.path("runtimeClassName").asText()).isEqualTo("nvidia-cdi");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nvidia.com/gpu.present",
                "feature.node.kubernetes.io/pci-10de.present",
                "feature.node.kubernetes.io/pci-0302_10de.present",
                "feature.node.kubernetes.io/pci-0300_10de.present",
                "cloud.google.com/gke-accelerator",
                "k8s.amazonaws.com/accelerator",
                "karpenter.k8s.aws/instance-gpu-manufacturer",
                "kubernetes.azure.com/accelerator",
                "aliyun.accelerator/nvidia_count",
                "nvidia-device-enable"
            })
    void a_node_is_found_by_this_label_alone(String label) {
        assertThat(StreamSupport.stream(terms(podSpec()).spliterator(), false)
                        .map(term -> term.path("matchExpressions").findValuesAsText("key")))
                .contains(List.of("kubernetes.io/arch", label));
    }

    /** An amd64 image on an arm64 node ends in "exec format error", again and again. */
    @Test
    void no_node_of_an_architecture_without_an_image_is_asked_for() {
        for (JsonNode pod : List.of(podSpec(), podSpec("--set", "gpu.enabled=false"))) {
            assertThat(terms(pod))
                    .isNotEmpty()
                    .allSatisfy(term -> assertThat(term.path("matchExpressions").toString())
                            .contains("kubernetes.io/arch", "[\"amd64\"]"));
        }
        assertThat(terms(podSpec("--set", "architectures={amd64,arm64}"))
                        .path(0)
                        .toString())
                .contains("[\"amd64\",\"arm64\"]");
    }

    @Test
    void the_constraints_for_openshift_allow_what_the_tier_asks_for_and_no_more() {
        JsonNode plain = Chart.one(Chart.objects(Chart.variant("openshift")), Chart.CONSTRAINTS);
        assertThat(plain.path("allowPrivilegedContainer").asBoolean(true)).isFalse();
        assertThat(plain.path("allowedCapabilities")).isEmpty();
        assertThat(plain.at("/runAsUser/uid").asInt()).isEqualTo(65532);
        JsonNode exact = Chart.one(
                Chart.objects("--set", "openshift.scc.create=true", "--set", "migPositions.enabled=true"),
                Chart.CONSTRAINTS);
        assertThat(exact.at("/allowedCapabilities/0").asText()).isEqualTo("SYS_ADMIN");
        assertThat(exact.path("allowHostPID").asBoolean(true)).isFalse();
    }

    private static JsonNode terms(JsonNode pod) {
        return pod.at("/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms");
    }

    private static JsonNode podSpec(String... arguments) {
        return Chart.one(Chart.objects(arguments), "DaemonSet").at("/spec/template/spec");
    }

    /** The value of an environment variable; null where it is not set. */
    private static @Nullable String environment(JsonNode pod, String name) {
        return StreamSupport.stream(pod.at("/containers/0/env").spliterator(), false)
                .filter(entry -> entry.path("name").asText().equals(name))
                .map(entry -> entry.path("value").asText())
                .findFirst()
                .orElse(null);
    }
}
