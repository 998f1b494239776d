package dev.lastcall.drain;

import dev.lastcall.notice.Notice;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The marks on the Node, as patches computed from one view of it. Every patch touches only what is ours: foreign
 * taints, labels and a person's cordon survive.
 *
 * @param write turns the drain record into the annotation's JSON
 * @param read the record in the annotation's JSON; empty where it cannot be read
 */
public record NodeMarks(
        DrainSettings settings,
        Function<Map<String, Object>, String> write,
        Function<String, Optional<DrainRecord>> read) {
    public static final String TAINT = "lastcall.dev/interruption";
    public static final String AUTOSCALER_TAINT = "status-taint.cluster-autoscaler.kubernetes.io/lastcall";
    public static final String LB_LABEL = "node.kubernetes.io/exclude-from-external-load-balancers";
    public static final String LB_VALUE = "lastcall";
    public static final String DRAIN = "lastcall.dev/drain";
    public static final String AT_RISK = "lastcall.dev/at-risk";
    public static final String SIMULATE = "lastcall.dev/simulate";
    public static final String REPORT = "lastcall.dev/last-report";

    /** A patch together with the record that it writes. */
    public record Marked(NodePatch patch, DrainRecord record) {}

    /** The first patch of a drain: cordon, taint, load balancer label and annotation in one. */
    public Marked cordon(NodeView node, Notice notice) {
        Optional<DrainRecord> earlier = recordWithMarks(node);
        boolean labelled = settings.excludeFromLoadBalancers()
                && (!node.labels().containsKey(LB_LABEL)
                        || earlier.filter(DrainRecord::labelledByUs).isPresent());
        boolean cordoned = !node.unschedulable()
                || earlier.filter(DrainRecord::cordonedByUs).isPresent();
        DrainRecord record =
                DrainRecord.of(notice, DrainPhase.CORDONED, cordoned, labelled, settings.version(), node.bootId());
        return new Marked(marks(node, record), record);
    }

    /**
     * Returns the record of an earlier Lastcall drain if our taint is still on the Node, or if taints are not configured. Its
     * flags are kept. With the taint its cordon counts as ours, not as a person's; without it nobody can say who has cordoned
     * the node since, so the cordon counts as a person's.
     */
    private Optional<DrainRecord> recordWithMarks(NodeView node) {
        return has(node, TAINT) || !settings.taint() ? record(node) : Optional.empty();
    }

    /** Whether the Node's annotation is this very record: a patch whose answer never came has been applied. */
    public boolean carries(NodeView node, DrainRecord record) {
        return json(record).equals(Optional.ofNullable(node.annotations().get(DRAIN)));
    }

    /** The same marks for a record that already stands: after a take-over, or where a restart finds some missing. */
    public NodePatch marks(NodeView node, DrainRecord record) {
        Map<String, Optional<String>> labels = new LinkedHashMap<>();
        if (settings.excludeFromLoadBalancers() && !node.labels().containsKey(LB_LABEL)) {
            labels.put(LB_LABEL, Optional.of(LB_VALUE));
        }
        return new NodePatch(
                node.resourceVersion(), true, tainted(node.taints(), record), labels, Map.of(DRAIN, json(record)));
    }

    /** Only the annotation: the drain has come one phase further. */
    public NodePatch phase(NodeView node, DrainRecord record) {
        return new NodePatch(node.resourceVersion(), null, null, Map.of(), Map.of(DRAIN, json(record)));
    }

    /** The end of a drain with its report; the node stays cordoned, it is about to be taken. */
    public NodePatch finish(NodeView node, DrainRecord record, String report) {
        return new NodePatch(
                node.resourceVersion(), null, null, Map.of(), Map.of(DRAIN, json(record), REPORT, Optional.of(report)));
    }

    /** What the Node's annotation says; empty where there is none, or none that can be read. */
    public Optional<DrainRecord> record(NodeView node) {
        return Optional.ofNullable(node.annotations().get(DRAIN)).flatMap(read);
    }

    /** Whether cordon, taint and annotation all stand. */
    public boolean complete(NodeView node) {
        return node.unschedulable()
                && (!settings.taint() || has(node, TAINT))
                && node.annotations().containsKey(DRAIN);
    }

    /** Whether anything of ours stands: a mark, or a record of a drain that nobody has ended. */
    public boolean stand(NodeView node) {
        Optional<DrainRecord> record = record(node);
        return has(node, TAINT)
                || has(node, AUTOSCALER_TAINT)
                || labelIsOurs(node, record)
                || cordonIsOurs(node, record)
                || record.filter(known -> !known.phase().over()).isPresent();
    }

    /**
     * Gives the node back: our taints, our label, and the cordon only if it was ours and no autoscaler has begun to delete
     * the node meanwhile. The record stays and says that nothing of it is ours any more, so that a person's later cordon is
     * not taken for it.
     *
     * @param ended this process's own record of that drain, for the phase in which it ended; else it counts as cancelled
     */
    public NodePatch giveBack(NodeView node, Optional<DrainRecord> ended) {
        Optional<DrainRecord> record = record(node);
        List<Taint> kept = node.taints().stream()
                .filter(taint -> !taint.key().equals(TAINT) && !taint.key().equals(AUTOSCALER_TAINT))
                .toList();
        Map<String, Optional<String>> labels =
                labelIsOurs(node, record) ? Map.of(LB_LABEL, Optional.empty()) : Map.of();
        boolean uncordon =
                cordonIsOurs(node, record) && OtherDrainer.activeOn(node).isEmpty();
        Map<String, Optional<String>> annotations = record.map(known -> {
                    DrainPhase phase = ended.filter(own -> own.id().equals(known.id()))
                            .map(DrainRecord::phase)
                            .filter(DrainPhase::over)
                            .orElse(known.phase().over() ? known.phase() : DrainPhase.CANCELLED);
                    return Map.of(DRAIN, json(known.with(phase).givenBack()));
                })
                .orElse(Map.of());
        return new NodePatch(
                node.resourceVersion(),
                uncordon ? false : null,
                kept.size() == node.taints().size() ? null : kept,
                labels,
                annotations);
    }

    private static boolean has(NodeView node, String taint) {
        return node.taints().stream().anyMatch(each -> each.key().equals(taint));
    }

    private static boolean labelIsOurs(NodeView node, Optional<DrainRecord> record) {
        return LB_VALUE.equals(node.labels().get(LB_LABEL))
                && record.map(DrainRecord::labelledByUs).orElse(has(node, TAINT));
    }

    /** A drain that has ended and whose taint is gone was given back by a version whose record could not say so. */
    private boolean cordonIsOurs(NodeView node, Optional<DrainRecord> record) {
        return node.unschedulable()
                && record.filter(known -> known.cordonedByUs()
                                && (!known.phase().over() || !settings.taint() || has(node, TAINT)))
                        .isPresent();
    }

    /** Sets or clears the at-risk mark. */
    public NodePatch atRisk(NodeView node, Optional<Instant> since) {
        return new NodePatch(
                node.resourceVersion(), null, null, Map.of(), Map.of(AT_RISK, since.map(Instant::toString)));
    }

    private List<Taint> tainted(List<Taint> before, DrainRecord record) {
        List<Taint> taints = new ArrayList<>(before.stream()
                .filter(taint -> !taint.key().equals(TAINT) && !taint.key().equals(AUTOSCALER_TAINT))
                .toList());
        if (settings.taint()) {
            taints.add(new Taint(TAINT, record.kind().label(), "NoSchedule"));
        }
        if (settings.autoscalerTaint()) {
            taints.add(new Taint(AUTOSCALER_TAINT, record.kind().label(), "NoSchedule"));
        }
        return taints;
    }

    private Optional<String> json(DrainRecord record) {
        return Optional.of(write.apply(record.toMap()));
    }
}
