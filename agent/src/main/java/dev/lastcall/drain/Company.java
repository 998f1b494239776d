package dev.lastcall.drain;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Another controller that is draining this node already, told by its mark. Two drains of one node fight (NVSentinel
 * issue 754 is such a fight); in company we do the inference part and leave the other pods to it.
 */
public final class Company {
    private static final Map<String, String> TAINTS = new LinkedHashMap<>();

    static {
        TAINTS.put("karpenter.sh/disrupted", "Karpenter");
        TAINTS.put("karpenter.sh/disruption", "Karpenter");
        TAINTS.put("ToBeDeletedByClusterAutoscaler", "cluster-autoscaler");
        TAINTS.put("aws-node-termination-handler/", "aws-node-termination-handler");
        TAINTS.put("cloud.google.com/impending-node-termination", "GKE");
        TAINTS.put("remediator.kubernetes.azure.com/unschedulable", "AKS");
        TAINTS.put("medik8s.io/drain", "node-maintenance-operator");
    }

    private Company() {}

    /** The controller at work here, by name; empty when we are alone. */
    public static Optional<String> of(NodeView node) {
        for (Taint taint : node.taints()) {
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
