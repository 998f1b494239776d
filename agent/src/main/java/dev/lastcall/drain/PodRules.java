package dev.lastcall.drain;

import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which pods a drain takes and how; the first rule that speaks decides. After kubectl's {@code pkg/drain} filters, but
 * emptyDir volumes and bare pods do not stop it: the machine goes, and their data with it.
 *
 * @param serves whether the pod matches the serving selector
 * @param company another controller drains the node: ordinary pods are left to it
 */
public record PodRules(
        Predicate<PodView> serves,
        Set<String> namespacesLast,
        @Nullable String own,
        Optional<String> company) {

    public PodVerdict verdict(PodView pod) {
        if (pod.finished()) {
            return new PodVerdict.Skip("it has finished");
        }
        if (pod.mirror() || ownedBy(pod, "Node")) {
            return new PodVerdict.Skip("a static pod: only its kubelet can stop it");
        }
        if (ownedBy(pod, "DaemonSet")) {
            return new PodVerdict.Skip("a DaemonSet pod: it would come back at once");
        }
        if (own != null && own.equals(pod.ref().toString())) {
            return new PodVerdict.Skip("this agent");
        }
        if (serves.test(pod)) {
            return new PodVerdict.Hold();
        }
        if (company.isPresent()) {
            return new PodVerdict.Skip("left to " + company.get() + ", which is draining this node");
        }
        if (critical(pod) || namespacesLast.contains(pod.ref().namespace())) {
            return new PodVerdict.Last();
        }
        return new PodVerdict.Evict();
    }

    private static boolean ownedBy(PodView pod, String kind) {
        return pod.controller() != null && pod.controller().kind().equals(kind);
    }

    private static boolean critical(PodView pod) {
        return pod.priorityClass().equals("system-node-critical")
                || pod.priorityClass().equals("system-cluster-critical");
    }
}
