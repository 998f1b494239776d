package dev.lastcall.bench.modes;

import dev.lastcall.support.stack.ServingStack;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A stand-in for the cluster autoscaler: for each spot pod that finds no place a node joins, so long after it was first seen. */
final class Growth {
    private final ServingStack stack;
    private final Duration nodeStart;
    private final Map<String, Instant> due = new HashMap<>();

    Growth(ServingStack stack, Duration nodeStart) {
        this.stack = stack;
        this.nodeStart = nodeStart;
    }

    void look(Instant now, List<Pod> pods) {
        for (Pod pod : pods) {
            if ("ondemand".equals(pod.getMetadata().getLabels().get("serving.lastcall.dev/pool"))) {
                continue;
            }
            String uid = pod.getMetadata().getUid();
            if (pod.getSpec().getNodeName() != null || pod.getMetadata().getDeletionTimestamp() != null) {
                continue;
            }
            Instant joins = due.computeIfAbsent(uid, _ -> now.plus(nodeStart));
            if (!now.isBefore(joins)) {
                // Once: the pod is bound soon, and a node that joins for it twice would be idle.
                due.put(uid, Instant.MAX);
                stack.grow();
            }
        }
    }
}
