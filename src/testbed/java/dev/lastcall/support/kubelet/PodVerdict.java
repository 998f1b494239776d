package dev.lastcall.support.kubelet;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Phase and conditions of a pod, worked out from its containers and readiness gates as kubelet 1.34 does
 * (pkg/kubelet/status/generate.go), with one difference: a pod that is being deleted is not ready from that moment on.
 * A real kubelet leaves that to the readiness probe, while EndpointSlices show such a pod unready at once; here the
 * condition says what EndpointSlices say, for routers that watch pods.
 */
record PodVerdict(String phase, Map<String, Condition> conditions) {

    record Condition(
            boolean status,
            @Nullable String reason,
            @Nullable String message) {
        static final Condition TRUE = new Condition(true, null, null);
    }

    static PodVerdict of(Pod pod, List<ContainerReport> containers, boolean terminated) {
        String phase = phase(pod, containers, terminated);
        Map<String, Condition> conditions = new LinkedHashMap<>();
        conditions.put("PodScheduled", Condition.TRUE);
        conditions.put("Initialized", Condition.TRUE);
        Condition containersReady = containersReady(pod, containers, phase);
        conditions.put("ContainersReady", containersReady);
        conditions.put("Ready", containersReady.status() ? gates(pod) : containersReady);
        return new PodVerdict(phase, conditions);
    }

    private static Condition containersReady(Pod pod, List<ContainerReport> containers, String phase) {
        if (phase.equals("Succeeded")) {
            return new Condition(false, "PodCompleted", null);
        }
        if (phase.equals("Failed")) {
            return new Condition(false, "PodFailed", null);
        }
        if (pod.getMetadata().getDeletionTimestamp() != null) {
            return new Condition(false, "Terminating", "the pod is being deleted");
        }
        List<String> unready = containers.stream()
                .filter(container -> !container.ready())
                .map(ContainerReport::name)
                .toList();
        return unready.isEmpty()
                ? Condition.TRUE
                : new Condition(
                        false,
                        "ContainersNotReady",
                        "containers with unready status: [" + String.join(" ", unready) + "]");
    }

    private static Condition gates(Pod pod) {
        List<String> unmet = new ArrayList<>();
        pod.getSpec().getReadinessGates().forEach(gate -> {
            String type = gate.getConditionType();
            Optional<PodCondition> condition = pod.getStatus() == null
                    ? Optional.empty()
                    : pod.getStatus().getConditions().stream()
                            .filter(candidate -> candidate.getType().equals(type))
                            .findFirst();
            if (condition.isEmpty()) {
                unmet.add("corresponding condition of pod readiness gate \"" + type + "\" does not exist.");
            } else if (!"True".equals(condition.get().getStatus())) {
                unmet.add("the status of pod readiness gate \"" + type + "\" is not \"True\", but "
                        + condition.get().getStatus());
            }
        });
        return unmet.isEmpty()
                ? Condition.TRUE
                : new Condition(false, "ReadinessGatesNotReady", String.join(", ", unmet));
    }

    private static String phase(Pod pod, List<ContainerReport> containers, boolean terminated) {
        boolean allEnded = containers.stream().allMatch(container -> container.state() instanceof ContainerState.Ended);
        boolean allWell = containers.stream()
                .allMatch(container ->
                        container.state() instanceof ContainerState.Ended(int code, var since, var at) && code == 0);
        String restart = pod.getSpec().getRestartPolicy() == null
                ? "Always"
                : pod.getSpec().getRestartPolicy();
        if (terminated) {
            return allWell ? "Succeeded" : "Failed";
        }
        if (allEnded && restart.equals("Never")) {
            return allWell ? "Succeeded" : "Failed";
        }
        if (allEnded && restart.equals("OnFailure") && allWell) {
            return "Succeeded";
        }
        boolean anyNeverStarted = containers.stream()
                .anyMatch(
                        container -> container.restarts() == 0 && container.state() instanceof ContainerState.Waiting);
        return anyNeverStarted ? "Pending" : "Running";
    }
}
