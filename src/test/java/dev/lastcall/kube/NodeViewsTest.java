package dev.lastcall.kube;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.Taint;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import org.junit.jupiter.api.Test;

class NodeViewsTest {

    @Test
    void a_gpu_node_is_read_whole() {
        NodeView node = view("""
                metadata:
                  name: gpu-1
                  uid: n-1
                  resourceVersion: "42"
                  labels: {a: b}
                  annotations: {lastcall.dev/at-risk: "2026-11-25T10:00:00Z"}
                spec:
                  providerID: aws:///eu-west-1a/i-0
                  unschedulable: true
                  taints:
                    - {key: node.kubernetes.io/unschedulable, effect: NoSchedule}
                    - {key: team, value: x, effect: NoExecute}
                status:
                  allocatable: {cpu: "8", nvidia.com/gpu: "6", nvidia.com/mig-1g.10gb: "7"}
                  conditions: [{type: Ready, status: "True"}, {type: MemoryPressure, status: Unknown}]
                  nodeInfo: {bootID: boot-7}
                """);

        assertThat(node.name()).isEqualTo("gpu-1");
        assertThat(node.resourceVersion()).isEqualTo("42");
        assertThat(node.unschedulable()).isTrue();
        assertThat(node.taints())
                .containsExactly(
                        new Taint("node.kubernetes.io/unschedulable", "", "NoSchedule"),
                        new Taint("team", "x", "NoExecute"));
        assertThat(node.labels()).containsEntry("a", "b");
        assertThat(node.annotations()).containsKey("lastcall.dev/at-risk");
        assertThat(node.conditions()).containsEntry("Ready", "True").containsEntry("MemoryPressure", "Unknown");
        assertThat(node.providerId()).isEqualTo("aws:///eu-west-1a/i-0");
        assertThat(node.bootId()).isEqualTo("boot-7");
        assertThat(node.gpus()).isEqualTo(13);
    }

    @Test
    void a_node_that_has_just_registered_has_no_gpus_and_no_marks() {
        NodeView node = view("metadata: {name: new, uid: n, resourceVersion: \"1\"}");

        assertThat(node.unschedulable()).isFalse();
        assertThat(node.taints()).isEmpty();
        assertThat(node.gpus()).isZero();
        assertThat(node.providerId()).isNull();
        assertThat(node.bootId()).isNull();
    }

    @Test
    void a_taint_keeps_every_word_of_the_api_server() {
        NodeView node = view("""
                metadata: {name: n}
                spec:
                  taints:
                    - {key: a, effect: NoExecute, timeAdded: "2026-11-29T10:00:00Z", newerThanUs: {deep: [1, 2.50]}}
                """);

        assertThat(node.taints())
                .extracting(Taint::json)
                .containsExactly("{\"key\":\"a\",\"effect\":\"NoExecute\",\"timeAdded\":\"2026-11-29T10:00:00Z\","
                        + "\"newerThanUs\":{\"deep\":[1,2.5]}}");
    }

    @Test
    void a_field_at_the_edge_of_its_type_costs_nothing_but_itself() {
        NodeView node = view("""
                metadata: {name: odd, labels: {number: 7}, annotations: null}
                spec: {unschedulable: "perhaps", taints: null, podCIDRs: 1e400}
                status:
                  allocatable: {nvidia.com/gpu: "8", nvidia.com/huge: "9223372036854775807", nvidia.com/odd: "many"}
                  images: [{sizeBytes: 99999999999999999999999}]
                  conditions: [{type: Ready}, {type: Ready, status: "True"}]
                """);

        assertThat(node.name()).isEqualTo("odd");
        assertThat(node.labels()).containsEntry("number", "7");
        assertThat(node.annotations()).isEmpty();
        assertThat(node.unschedulable()).isFalse();
        assertThat(node.taints()).isEmpty();
        assertThat(node.conditions()).containsEntry("Ready", "True");
        assertThat(node.gpus()).isEqualTo(Integer.MAX_VALUE);
    }

    private static NodeView view(String yaml) {
        return NodeViews.of(
                new KubernetesSerialization().unmarshal("apiVersion: v1\nkind: Node\n" + yaml, JsonNode.class));
    }
}
