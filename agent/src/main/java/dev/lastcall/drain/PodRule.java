package dev.lastcall.drain;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One reason to treat a pod in one way; silent about every other pod. */
@FunctionalInterface
public interface PodRule {

    /** A pod in a {@code LeaderWorkerSet} group carries both; the leader's index is 0. */
    String GROUP_INDEX = "leaderworkerset.sigs.k8s.io/worker-index";

    String GROUP_NAME = "leaderworkerset.sigs.k8s.io/name";

    /** What asks a drainer with a choice to leave a pod alone: cluster-autoscaler's word and Karpenter's. */
    Map<String, String> DO_NOT_DISRUPT =
            Map.of("cluster-autoscaler.kubernetes.io/safe-to-evict", "false", "karpenter.sh/do-not-disrupt", "true");

    Optional<PodVerdict> judge(PodView pod);

    /** This rule, for the pods that match. */
    default PodRule where(Predicate<PodView> condition) {
        return pod -> condition.test(pod) ? judge(pod) : Optional.empty();
    }

    static PodRule always(PodVerdict verdict) {
        return pod -> Optional.of(verdict);
    }

    static PodRule finished() {
        return always(new PodVerdict.Skip("it has finished", false)).where(PodView::finished);
    }

    static PodRule fixed() {
        return always(new PodVerdict.Skip("a static pod: only its kubelet can stop it", false))
                .where(pod -> pod.mirror() || pod.ownedBy("Node"));
    }

    static PodRule own(@Nullable String self) {
        return always(new PodVerdict.Skip("this agent", false))
                .where(pod -> self != null && self.equals(pod.ref().toString()));
    }

    static PodRule daemon() {
        return always(new PodVerdict.Skip("a DaemonSet pod: it would come back at once", false))
                .where(pod -> pod.ownedBy("DaemonSet"));
    }

    static PodRule servingDaemon() {
        return always(new PodVerdict.Keep("a DaemonSet pod: it would come back at once", false))
                .where(pod -> pod.ownedBy("DaemonSet"));
    }

    /** Evicted, it would be bound to this node again, and so on until the deadline. */
    static PodRule comesBack(List<Taint> marks, boolean serving) {
        String why = "it tolerates the taints of a node that is being drained and would be bound to it again: take that"
                + " toleration out of its template";
        return always(serving ? new PodVerdict.Keep(why, true) : new PodVerdict.Skip(why, true))
                .where(pod -> pod.controller() != null && marks.stream().allMatch(pod::tolerates));
    }

    /** Asked for by its owner, and heeded where the machine may wait. */
    static PodRule spared(boolean machineGoes, boolean serving) {
        return pod -> DO_NOT_DISRUPT.entrySet().stream()
                .filter(ask ->
                        !machineGoes && ask.getValue().equals(pod.annotations().get(ask.getKey())))
                .map(ask -> "its annotation " + ask.getKey() + "=" + ask.getValue()
                        + " is heeded unless the notice is final")
                .<PodVerdict>map(why -> serving ? new PodVerdict.Keep(why, true) : new PodVerdict.Skip(why, true))
                .findFirst();
    }

    static PodRule unserving() {
        return always(new PodVerdict.Release()).where(PodView::neverServed);
    }

    static PodRule groupWorker() {
        return pod -> Optional.ofNullable(pod.labels().get(GROUP_INDEX))
                .filter(index -> !index.equals("0"))
                .map(_ -> new PodVerdict.Hold(pod.labels().getOrDefault(GROUP_NAME, "a LeaderWorkerSet")));
    }

    static PodRule last(Set<String> namespaces) {
        return always(new PodVerdict.Last())
                .where(pod -> pod.priorityClass().equals("system-node-critical")
                        || pod.priorityClass().equals("system-cluster-critical")
                        || namespaces.contains(pod.ref().namespace()));
    }
}
