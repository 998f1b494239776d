package dev.lastcall.serving;

import dev.lastcall.drain.NodeGateway;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.PodGateway;
import dev.lastcall.drain.PodStage;
import dev.lastcall.drain.PodStatus;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.Workload;
import dev.lastcall.notice.Notice;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Counts the serving pods of this node for the gauges: where they stand, and what a notice dooms. */
public final class ServingCensus {
    private static final String ENGINE = "lastcall.dev/engine";

    /** Where serving pods stand, as {@code serving_pods} tells it. */
    public enum State {
        IN,
        OUT,
        /** Out, with nothing in flight. */
        IDLE,
        GONE;

        /** In lower case, for example {@code idle}. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The pods of one engine in one state. */
    public record Standing(String engine, State state) implements Comparable<Standing> {
        private static final Comparator<Standing> ORDER =
                Comparator.comparing(Standing::engine).thenComparing(Standing::state);

        @Override
        public int compareTo(Standing other) {
            return ORDER.compare(this, other);
        }
    }

    /**
     * What this node will take with it.
     *
     * @param workloads to serving pods
     * @param deadline null where none is known
     */
    public record Doomed(
            Map<Workload, Long> workloads,
            int gpus,
            @Nullable Instant deadline) {}

    /** Where the counts are shown. */
    public interface Gauges {
        /** @param counts to number of pods */
        void servingPods(Map<Standing, Long> counts);

        /** @param seen those with a serving pod on this node */
        void workloads(Set<Workload> seen);

        /** @param workloads to doomed pods that serve on because too few others do; empty for none */
        void keptInRotation(Map<Workload, Long> workloads);

        /** @param doomed empty when the node is not at risk */
        void doomed(Optional<Doomed> doomed);
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
        List<PodView> here = pods.latest().stream()
                .filter(pod -> serving.serves(pod) && !pod.finished())
                .toList();
        gauges.workloads(here.stream().map(Workload::of).collect(Collectors.toSet()));
        gauges.servingPods(draining.isEmpty() ? atRest(here) : inADrain(draining));
        gauges.keptInRotation(draining.stream()
                .filter(pod -> pod.stage() == PodStage.SERVING_ON)
                .collect(Collectors.groupingBy(PodStatus::workload, Collectors.counting())));
    }

    private static Map<Standing, Long> atRest(List<PodView> here) {
        return here.stream()
                .filter(pod -> pod.deletedAt() == null)
                .collect(Collectors.groupingBy(
                        pod -> new Standing(pod.labels().getOrDefault(ENGINE, "generic"), State.IN),
                        Collectors.counting()));
    }

    private static Map<Standing, Long> inADrain(List<PodStatus> draining) {
        Map<Standing, Long> counts = new HashMap<>();
        for (PodStatus pod : draining) {
            String engine = pod.engine();
            if (engine != null) {
                counts.merge(new Standing(engine, state(pod)), 1L, Long::sum);
            }
        }
        return counts;
    }

    /** What the notice takes with it, as it stands now: it falls as pods go. Empty where the node is safe. */
    public void doomed(Optional<Notice> notice) {
        gauges.doomed(notice.map(known -> new Doomed(
                pods.latest().stream()
                        .filter(pod -> serving.serves(pod) && !pod.finished())
                        .collect(Collectors.groupingBy(Workload::of, Collectors.counting())),
                node.latest().map(NodeView::gpus).orElse(0),
                known.deadline())));
    }

    private static State state(PodStatus pod) {
        Long inFlight = pod.inFlight();
        return switch (pod.stage()) {
            case GONE -> State.GONE;
            case WITHDRAWING, SERVING_ON -> State.IN;
            case HELD, WAITING, EVICTING, BLOCKED, TERMINATING, FAILED, KEPT ->
                inFlight != null && inFlight == 0 ? State.IDLE : State.OUT;
        };
    }
}
