package dev.lastcall.kube;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.lastcall.serving.replacement.PodDemand;
import dev.lastcall.serving.replacement.Quota;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;

class KubeReplacementTest {

    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    private static JsonNode yaml(String text) throws JsonProcessingException {
        return YAML.readTree(text);
    }

    private static void is(PodDemand demand, String resource, String amount) {
        assertThat(demand.amounts().get(resource)).as(resource).isEqualByComparingTo(new BigDecimal(amount));
    }

    @Test
    void a_pod_takes_the_sum_of_its_containers_in_the_names_of_a_quota() throws Exception {
        PodDemand demand = KubeReplacement.demand(yaml("""
                spec:
                  priorityClassName: serving
                  overhead: {memory: 64Mi}
                  containers:
                    - resources: {requests: {cpu: 500m, memory: 1Gi, nvidia.com/gpu: 2}, limits: {memory: 2Gi, nvidia.com/gpu: 2}}
                    - resources: {requests: {cpu: 1}}
                status: {qosClass: Burstable}
                """));
        is(demand, "pods", "1");
        is(demand, "count/pods", "1");
        is(demand, "cpu", "1.5");
        is(demand, "requests.cpu", "1.5");
        is(demand, "requests.memory", String.valueOf((1024 + 64) * 1024 * 1024));
        is(demand, "limits.memory", String.valueOf((2048 + 64) * 1024L * 1024));
        is(demand, "requests.nvidia.com/gpu", "2");
        assertThat(demand.priorityClass()).isEqualTo("serving");
        assertThat(demand.bestEffort()).isFalse();
        assertThat(demand.terminating()).isFalse();
    }

    /** An init container runs before the others; a sidecar (restartPolicy Always) runs with them. */
    @Test
    void an_init_container_counts_where_it_is_the_largest_and_a_sidecar_always() throws Exception {
        PodDemand demand = KubeReplacement.demand(yaml("""
                spec:
                  activeDeadlineSeconds: 60
                  initContainers:
                    - {restartPolicy: Always, resources: {requests: {cpu: 250m}}}
                    - {resources: {requests: {cpu: 4, memory: 10Mi}}}
                  containers:
                    - {resources: {requests: {cpu: 1, memory: 100Mi}}}
                status: {qosClass: BestEffort}
                """));
        is(demand, "requests.cpu", "4.25");
        is(demand, "requests.memory", String.valueOf(100 * 1024 * 1024));
        assertThat(demand.terminating()).isTrue();
        assertThat(demand.bestEffort()).isTrue();
    }

    @Test
    void a_quota_is_read_from_its_status_with_both_forms_of_scopes() throws Exception {
        Quota quota = KubeReplacement.quota(yaml("""
                metadata: {namespace: chat, name: gpus}
                spec:
                  hard: {pods: "99"}
                  scopes: [NotTerminating]
                  scopeSelector:
                    matchExpressions: [{scopeName: PriorityClass, operator: In, values: [serving]}]
                status:
                  hard: {pods: "10", requests.memory: 1Gi}
                  used: {pods: "4"}
                """));
        assertThat(quota.name()).isEqualTo("chat/gpus");
        assertThat(quota.hard()).containsEntry("pods", BigDecimal.TEN);
        assertThat(quota.hard().get("requests.memory")).isEqualByComparingTo("1073741824");
        assertThat(quota.used()).containsEntry("pods", new BigDecimal(4));
        assertThat(quota.scopes())
                .containsExactly(
                        new Quota.Scope("NotTerminating", "Exists", List.of()),
                        new Quota.Scope("PriorityClass", "In", List.of("serving")));
    }
}
