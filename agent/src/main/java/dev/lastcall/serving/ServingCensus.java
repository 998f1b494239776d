package dev.lastcall.serving;

import dev.lastcall.drain.NodeGateway;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.PodGateway;
import dev.lastcall.drain.PodRef;
import dev.lastcall.drain.PodStatus;
import dev.lastcall.drain.PodView;
import dev.lastcall.notice.Notice;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Counts the serving pods of this node for the gauges: where they stand, and what a notice dooms. */
public final class ServingCensus {
    private static final String ENGINE = "lastcall.dev/engine";

    /** Where the counts are shown. */
    public interface Gauges {
        /** @param counts {@code engine/state} to number of pods */
        void servingPods(Map<String, Long> counts);

        /** @param workloads {@code namespace/workload} to doomed pods that serve on because too few others do; empty for none */
        void keptInRotation(Map<String, Long> workloads);

        /**
         * What this node will take with it.
         *
         * @param workloads {@code namespace/workload} to serving pods; empty when the node is not at risk
         * @param deadlineSeconds Unix time; NaN where none is known
         */
        void doomed(Map<String, Long> workloads, int gpus, double deadlineSeconds);
    }

    private final NodeGateway node;
    private final PodGateway pods;
    private final ServingPods serving;
    private final Gauges gauges;

    public ServingCensus(NodeGateway node, PodGateway pods, ServingPods serving, Gauges gauges) {
        this.node = node;
        this.pods = pods;
        this.serving = serving;
        this.gauges = gauges;
    }

    /** Outside a drain every serving pod is in rotation; within one its stage tells. */
    public void count(List<PodStatus> draining) {
        Map<String, Long> counts = draining.stream()
                .filter(pod -> pod.engine() != null)
                .collect(Collectors.groupingBy(pod -> pod.engine() + "/" + state(pod), Collectors.counting()));
        if (draining.isEmpty()) {
            counts = pods.latest().stream()
                    .filter(pod -> serving.serves(pod) && !pod.finished() && pod.deletedAt() == null)
                    .collect(Collectors.groupingBy(
                            pod -> pod.labels().getOrDefault(ENGINE, "generic") + "/in", Collectors.counting()));
        }
        gauges.servingPods(counts);
        Set<PodRef> kept = draining.stream()
                .filter(pod -> pod.stage().equals("serving_on"))
                .map(PodStatus::pod)
                .collect(Collectors.toSet());
        gauges.keptInRotation(pods.latest().stream()
                .filter(pod -> kept.contains(pod.ref()))
                .collect(Collectors.groupingBy(
                        pod -> pod.ref().namespace() + "/" + workload(pod), Collectors.counting())));
    }

    /** What the notice takes with it, as it stands now: it falls as pods go. Empty where the node is safe. */
    public void doomed(Optional<Notice> notice) {
        if (notice.isEmpty()) {
            gauges.doomed(Map.of(), 0, Double.NaN);
            return;
        }
        Map<String, Long> workloads = pods.latest().stream()
                .filter(pod -> serving.serves(pod) && !pod.finished())
                .collect(Collectors.groupingBy(
                        pod -> pod.ref().namespace() + "/" + workload(pod), Collectors.counting()));
        Instant deadline = notice.get().deadline();
        gauges.doomed(
                workloads,
                node.latest().map(NodeView::gpus).orElse(0),
                deadline == null ? Double.NaN : deadline.toEpochMilli() / 1000.0);
    }

    private static String state(PodStatus pod) {
        Long inFlight = pod.inFlight();
        return switch (pod.stage()) {
            case "gone" -> "gone";
            case "withdrawing", "serving_on" -> "in";
            default -> inFlight != null && inFlight == 0 ? "idle" : "out";
        };
    }

    /** The Deployment where its ReplicaSet's name tells, else the owner, else the pod itself. */
    public static String workload(PodView pod) {
        PodView.Controller owner = pod.controller();
        if (owner == null) {
            return pod.ref().name();
        }
        String hash = pod.labels().get("pod-template-hash");
        return owner.kind().equals("ReplicaSet") && hash != null && owner.name().endsWith("-" + hash)
                ? owner.name().substring(0, owner.name().length() - hash.length() - 1)
                : owner.name();
    }
}
