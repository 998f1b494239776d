package dev.lastcall.bench.modes;

import dev.lastcall.support.stack.ServingStack;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A stand-in for the cluster autoscaler: it orders one spot node for each spot pod that the scheduler could not place, and the
 * node joins so long after that. Which of the pods gets it is the scheduler's business.
 */
final class Growth {
    private final ServingStack stack;
    private final Duration nodeStart;
    private final Set<String> orderedFor = new HashSet<>();
    private final Deque<Instant> joining = new ArrayDeque<>();

    Growth(ServingStack stack, Duration nodeStart) {
        this.stack = stack;
        this.nodeStart = nodeStart;
    }

    void look(Instant now, List<Pod> pods) {
        for (Pod pod : pods) {
            if (!"ondemand".equals(pod.getMetadata().getLabels().get("serving.lastcall.dev/pool"))
                    && pod.getMetadata().getDeletionTimestamp() == null
                    && unschedulable(pod)
                    && orderedFor.add(pod.getMetadata().getUid())) {
                joining.add(now.plus(nodeStart));
            }
        }
        while (!joining.isEmpty() && !now.isBefore(joining.peek())) {
            joining.remove();
            stack.grow();
        }
    }

    private static boolean unschedulable(Pod pod) {
        return pod.getStatus().getConditions().stream()
                .anyMatch(each -> each.getType().equals("PodScheduled") && "Unschedulable".equals(each.getReason()));
    }
}
