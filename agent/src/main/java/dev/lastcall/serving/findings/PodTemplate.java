package dev.lastcall.serving.findings;

import dev.lastcall.drain.PodView.Toleration;
import dev.lastcall.serving.Withdrawals;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * A pod, or the template of pods, reduced to what the findings are made of.
 *
 * @param grace {@code terminationGracePeriodSeconds}, 30 s where it is not set
 * @param gates readiness gate condition types
 * @param serviceLinks {@code enableServiceLinks}, true where it is not set
 * @param bound the template names a node: the scheduler and its taints are passed by
 */
public record PodTemplate(
        Map<String, String> labels,
        Map<String, String> annotations,
        List<Container> containers,
        Duration grace,
        List<String> gates,
        List<Toleration> tolerations,
        boolean serviceLinks,
        boolean bound) {

    /** Hooks of a pod's containers run side by side: the longest one counts. */
    public Duration preStop() {
        return containers.stream()
                .map(Container::preStop)
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
    }

    public boolean labelled() {
        return labels.containsKey(Withdrawals.ROTATION);
    }

    public boolean gated() {
        return gates.contains(Withdrawals.GATE);
    }
}
