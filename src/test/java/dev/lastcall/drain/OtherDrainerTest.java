package dev.lastcall.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.support.drain.Samples;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Guards against two drains of one node that fight each other. */
class OtherDrainerTest {

    private static NodeView tainted(String key) {
        return Samples.node(
                false,
                List.of(new Taint("nvidia.com/gpu", "", "NoSchedule"), new Taint(key, "x", "NoSchedule")),
                Map.of());
    }

    @ParameterizedTest
    @CsvSource({
        "karpenter.sh/disrupted,Karpenter",
        "ToBeDeletedByClusterAutoscaler,cluster-autoscaler",
        "aws-node-termination-handler/spot-itn,aws-node-termination-handler",
        "cloud.google.com/impending-node-termination,GKE",
        "remediator.kubernetes.azure.com/unschedulable,AKS",
        "medik8s.io/drain,node-maintenance-operator",
        "medik8s.io/remediation,medik8s",
    })
    void another_drain_is_known_by_its_taint(String key, String name) {
        assertThat(OtherDrainer.activeOn(tainted(key))).contains(name);
    }

    @ParameterizedTest
    @CsvSource({
        "lastcall.dev/interruption",
        "DeletionCandidateOfClusterAutoscaler",
        "node.kubernetes.io/unschedulable",
        "karpenter.sh/unregistered",
    })
    void our_own_mark_a_mere_candidate_and_a_cordon_are_no_company(String key) {
        assertThat(OtherDrainer.activeOn(tainted(key))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"quarantined,true", "draining,true", "drain-succeeded,false", "remediation-failed,false"})
    void nvsentinel_is_known_by_the_state_it_keeps_in_a_label(String state, boolean company) {
        NodeView node = Samples.node(false, List.of(), Map.of("dgxc.nvidia.com/nvsentinel-state", state));
        assertThat(OtherDrainer.activeOn(node)).isEqualTo(company ? Optional.of("NVSentinel") : Optional.empty());
    }

    @Test
    void a_node_without_taints_is_alone() {
        assertThat(OtherDrainer.activeOn(Samples.node())).isEmpty();
    }
}
