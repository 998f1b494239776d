package dev.lastcall.drain;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Another controller that may be draining this node already, known by its mark. Two drains of one node fight (NVSentinel
 * issue 754 is such a fight); in company we do the inference part and leave the other pods to it, each until its force
 * point: a mark means that somebody may evict, not that he does.
 */
public final class OtherDrainer {
    private static final Map<String, String> TAINTS = new LinkedHashMap<>();

    /** NVSentinel's own record of what it does with a node. */
    private static final String NVSENTINEL = "dgxc.nvidia.com/nvsentinel-state";

    private static final Set<String> NVSENTINEL_DRAINS = Set.of("quarantined", "draining");

    static {
        TAINTS.put("karpenter.sh/disrupted", "Karpenter");
        TAINTS.put("karpenter.sh/disruption", "Karpenter");
        TAINTS.put("ToBeDeletedByClusterAutoscaler", "cluster-autoscaler");
        TAINTS.put("aws-node-termination-handler/", "aws-node-termination-handler");
        TAINTS.put("cloud.google.com/impending-node-termination", "GKE");
        TAINTS.put("remediator.kubernetes.azure.com/unschedulable", "AKS");
        TAINTS.put("medik8s.io/drain", "node-maintenance-operator");
        TAINTS.put("medik8s.io/remediation", "medik8s");
    }

    private OtherDrainer() {}

    /** The controller at work here, by name; empty when we are alone. */
    public static Optional<String> activeOn(NodeView node) {
        return byTaint(node.taints())
                .or(() -> Optional.ofNullable(node.labels().get(NVSENTINEL))
                        .filter(NVSENTINEL_DRAINS::contains)
                        .map(_ -> "NVSentinel"));
    }

    private static Optional<String> byTaint(List<Taint> taints) {
        for (Taint taint : taints) {
            for (Map.Entry<String, String> mark : TAINTS.entrySet()) {
                String key = mark.getKey();
                if (key.endsWith("/")
                        ? taint.key().startsWith(key)
                        : taint.key().equals(key)) {
                    return Optional.of(mark.getValue());
                }
            }
        }
        return Optional.empty();
    }
}
