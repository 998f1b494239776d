package dev.lastcall.pipeline;

import dev.lastcall.drain.NodeGateway;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.PodGateway;
import dev.lastcall.drain.PodStatus;
import dev.lastcall.drain.PodView;
import dev.lastcall.metrics.DrainMeters;
import dev.lastcall.notice.Notice;
import dev.lastcall.serving.ServingPods;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Counts the serving pods of this node for the gauges: where they stand, and what a notice dooms. */
@Singleton
class ServingCensus {
    private static final String ENGINE = "lastcall.dev/engine";

    private final NodeGateway node;
    private final PodGateway pods;
    private final ServingPods serving;
    private final DrainMeters meters;

    ServingCensus(NodeGateway node, PodGateway pods, ServingPods serving, DrainMeters meters) {
        this.node = node;
        this.pods = pods;
        this.serving = serving;
        this.meters = meters;
    }

    /** Outside a drain every serving pod is in rotation; within one its stage tells. */
    void count(List<PodStatus> draining) {
        Map<String, Long> counts = draining.stream()
                .filter(pod -> pod.engine() != null)
                .collect(Collectors.groupingBy(pod -> pod.engine() + "/" + state(pod), Collectors.counting()));
        if (draining.isEmpty()) {
            counts = pods.latest().stream()
                    .filter(pod -> serving.serves(pod) && !pod.finished() && pod.deletedAt() == null)
                    .collect(Collectors.groupingBy(
                            pod -> pod.labels().getOrDefault(ENGINE, "generic") + "/in", Collectors.counting()));
        }
        meters.servingPods(counts);
    }

    void doomed(Notice notice) {
        Map<String, Long> workloads = pods.latest().stream()
                .filter(pod -> serving.serves(pod) && !pod.finished())
                .collect(Collectors.groupingBy(
                        pod -> pod.ref().namespace() + "/" + workload(pod), Collectors.counting()));
        Instant deadline = notice.deadline();
        meters.doomed(
                workloads,
                node.latest().map(NodeView::gpus).orElse(0),
                deadline == null ? Double.NaN : deadline.toEpochMilli() / 1000.0);
    }

    void safe() {
        meters.doomed(Map.of(), 0, Double.NaN);
    }

    private static String state(PodStatus pod) {
        Long inFlight = pod.inFlight();
        return switch (pod.stage()) {
            case "gone" -> "gone";
            case "withdrawing" -> "in";
            default -> inFlight != null && inFlight == 0 ? "idle" : "out";
        };
    }

    /** The Deployment where its ReplicaSet's name tells, else the owner, else the pod itself. */
    static String workload(PodView pod) {
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
