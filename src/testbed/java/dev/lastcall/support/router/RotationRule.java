package dev.lastcall.support.router;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * When a gateway sends requests to a pod. Each rule looks at its own mark only, so that a test of one of them can't
 * pass because of another; all of them drop a pod that is being deleted or whose containers aren't ready.
 */
public enum RotationRule {

    /** As Services and most inference gateways: the pod's Ready condition, readiness gates included. */
    READY {
        @Override
        boolean marked(Pod pod) {
            return pod.getStatus().getConditions().stream()
                    .anyMatch(c -> "Ready".equals(c.getType()) && "True".equals(c.getStatus()));
        }
    },

    /** As a Service whose selector names {@code lastcall.dev/rotation=in}. */
    LABEL {
        @Override
        boolean marked(Pod pod) {
            return "in".equals(orEmpty(pod.getMetadata().getLabels()).get("lastcall.dev/rotation"));
        }
    },

    /** As AIBrix: {@code aibrix.ai/draining=true} withdraws. */
    ANNOTATION {
        @Override
        boolean marked(Pod pod) {
            return !"true".equals(orEmpty(pod.getMetadata().getAnnotations()).get("aibrix.ai/draining"));
        }
    };

    abstract boolean marked(Pod pod);

    public boolean admits(Pod pod) {
        if (pod.getStatus() == null
                || pod.getStatus().getPodIP() == null
                || pod.getMetadata().getDeletionTimestamp() != null) {
            return false;
        }
        List<ContainerStatus> containers =
                Objects.requireNonNullElse(pod.getStatus().getContainerStatuses(), List.<ContainerStatus>of());
        return !containers.isEmpty()
                && containers.stream().allMatch(c -> Boolean.TRUE.equals(c.getReady()))
                && marked(pod);
    }

    private static Map<String, String> orEmpty(Map<String, String> map) {
        return map == null ? Map.of() : map;
    }
}
