package dev.lastcall.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.DryRun;
import dev.lastcall.support.chart.ServingChart;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which node each pool of the chart may run on, per cloud, and which kind of node is built first. */
class PlacementTest {

    private static final Path INFRASTRUCTURE = ServingChart.DIRECTORY.resolve("infrastructure");

    /** By the scheduler's own rule: one of the terms, and in it all expressions. */
    @ParameterizedTest(name = "{0}: {1}={2}")
    @CsvSource({
        "eks-karpenter, karpenter.sh/capacity-type, spot",
        "eks-karpenter, eks.amazonaws.com/capacityType, SPOT",
        "gke, cloud.google.com/gke-spot, true",
        "aks, kubernetes.azure.com/scalesetpriority, spot",
        "ack, node.alibabacloud.com/spot-strategy, SpotAsPriceGo",
        "ack, node.alibabacloud.com/spot-strategy, SpotWithPriceLimit",
        "tke, example.com/capacity, spot",
    })
    void each_pool_takes_its_own_kind_of_node_and_no_other(String example, String label, String value) {
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
        List<JsonNode> objects = ServingChart.objects(ServingChart.variant(example));
        JsonNode spot = ServingChart.one(objects, "Deployment", "chat-spot").at("/spec/template/spec");
        JsonNode onDemand =
                ServingChart.one(objects, "Deployment", "chat-ondemand").at("/spec/template/spec");
        Map<String, String> spotNode = Map.of(label, value);
        for (Map<String, String> otherNode : List.of(Map.<String, String>of(), Map.of(label, "on-demand"))) {
            assertThat(admits(spot, otherNode)).isFalse();
            assertThat(admits(onDemand, otherNode)).isTrue();
        }
        assertThat(admits(spot, spotNode)).isTrue();
        assertThat(admits(onDemand, spotNode)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"aks, kubernetes.azure.com/scalesetpriority, spot", "gke, cloud.google.com/gke-spot, true"})
    void the_clouds_own_taint_on_spot_nodes_is_tolerated_by_the_spot_pool_only(
            String example, String key, String value) {
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
        List<JsonNode> objects = ServingChart.objects(ServingChart.variant(example));
        String toleration = "{\"key\":\"%s\",\"operator\":\"Equal\",\"value\":\"%s\",\"effect\":\"NoSchedule\"}"
                .formatted(key, value);
        assertThat(tolerations(objects, "chat-spot")).contains(toleration);
        assertThat(tolerations(objects, "chat-ondemand")).doesNotContain(key);
    }

    /** The autoscaler reads a map from integers to regular expressions; the highest number that matches wins. */
    @Test
    void spot_groups_have_the_higher_priority_as_the_autoscaler_reads_it() throws IOException {
        JsonNode values = DryRun.read(INFRASTRUCTURE.resolve("cluster-autoscaler/values-aws.yaml"))
                .getFirst();
        assertThat(values.at("/extraArgs/expander").asText()).startsWith("priority,");
        assertThat(first(values.path("expanderPriorities").asText(), List.of("gpu-spot-g5", "gpu-od-g5")))
                .isEqualTo("gpu-spot-g5");
        JsonNode map = DryRun.read(INFRASTRUCTURE.resolve("aks/priority-expander.yaml"))
                .getFirst();
        assertThat(map.at("/metadata/name").asText()).isEqualTo("cluster-autoscaler-priority-expander");
        assertThat(map.at("/metadata/namespace").asText()).isEqualTo("kube-system");
        assertThat(first(
                        map.at("/data/priorities").asText(),
                        List.of("aks-gpu-11111111-vmss", "aks-gpuspot-12345678-vmss")))
                .isEqualTo("aks-gpuspot-12345678-vmss");
    }

    @Test
    void karpenter_tries_the_spot_pool_first() {
        List<JsonNode> pools = DryRun.read(INFRASTRUCTURE.resolve("karpenter/nodepools.yaml"));
        assertThat(pools).hasSize(2);
        assertThat(pools.getFirst()
                        .at("/spec/template/spec/requirements/0/values/0")
                        .asText())
                .isEqualTo("spot");
        assertThat(pools.getFirst().at("/spec/weight").asInt())
                .isGreaterThan(pools.getLast().at("/spec/weight").asInt());
    }

    private static String first(String priorities, List<String> groups) throws IOException {
        JsonNode parsed = new ObjectMapper(new YAMLFactory()).readTree(priorities);
        TreeMap<Integer, List<Pattern>> byPriority = new TreeMap<>();
        parsed.properties().forEach(entry -> {
            List<Pattern> patterns = new ArrayList<>();
            entry.getValue().forEach(pattern -> {
                assertThat(pattern.asText()).startsWith("^").endsWith("$");
                patterns.add(Pattern.compile(pattern.asText()));
            });
            byPriority.put(Integer.parseInt(entry.getKey()), patterns);
        });
        return byPriority.descendingMap().values().stream()
                .flatMap(patterns -> groups.stream()
                        .filter(group -> patterns.stream()
                                .anyMatch(pattern -> pattern.matcher(group).find())))
                .findFirst()
                .orElseThrow();
    }

    private static boolean admits(JsonNode pod, Map<String, String> node) {
        JsonNode terms =
                pod.at("/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms");
        boolean byAffinity = terms.isMissingNode()
                || StreamSupport.stream(terms.spliterator(), false)
                        .anyMatch(term -> StreamSupport.stream(
                                        term.path("matchExpressions").spliterator(), false)
                                .allMatch(expression -> holds(expression, node)));
        return byAffinity
                && pod.path("nodeSelector").properties().stream()
                        .allMatch(label -> label.getValue().asText().equals(node.get(label.getKey())));
    }

    private static boolean holds(JsonNode expression, Map<String, String> node) {
        String value = node.get(expression.path("key").asText());
        boolean listed = value != null
                && StreamSupport.stream(expression.path("values").spliterator(), false)
                        .anyMatch(wanted -> wanted.asText().equals(value));
        return expression.path("operator").asText().equals("In") == listed;
    }

    private static String tolerations(List<JsonNode> objects, String name) {
        return ServingChart.one(objects, "Deployment", name)
                .at("/spec/template/spec/tolerations")
                .toString();
    }
}
