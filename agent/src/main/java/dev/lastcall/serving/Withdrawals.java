package dev.lastcall.serving;

import dev.lastcall.drain.PodMarks;
import dev.lastcall.drain.PodView;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a pod leaves its routers. A readiness endpoint cannot announce a drain (vLLM's {@code /health} stays 200), so
 * somebody else must take the pod out: by the label that Services select, by a readiness gate, by AIBrix' annotation, or
 * by detaching it from its ReplicaSet so that a replacement starts at once.
 */
public final class Withdrawals {
    public static final String ROTATION = "lastcall.dev/rotation";
    public static final String GATE = "lastcall.dev/in-rotation";
    public static final String AIBRIX = "aibrix.ai/draining";
    public static final String DEADLINE = "lastcall.dev/drain-deadline";
    /** The lowest deletion cost there is. */
    public static final String LOWEST_COST = String.valueOf(Integer.MIN_VALUE);
    /** On a doomed pod that serves on because too few others do: other agents may count on it while this stands there. */
    public static final String KEPT = "lastcall.dev/kept";
    /** What a withdrawal of ours changed, by the strategies' names: only that is ever undone. */
    public static final String WITHDRAWN = PodMarks.WITHDRAWN;
    /** A scale-down takes the pod with the lowest value first. */
    public static final String DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";
    /** In {@link #WITHDRAWN}: the deletion cost is ours. */
    static final String COST_STRATEGY = "cost";
    /** The label by which a ReplicaSet of a Deployment tells its pods. */
    public static final String REPLICA_LABEL = "pod-template-hash";

    private Withdrawals() {}

    /** A way out of rotation; {@link #AUTO} chooses by what the pod carries. */
    public enum Strategy {
        AUTO,
        LABEL,
        GATE,
        ANNOTATION,
        DETACH,
        NONE
    }

    /**
     * What has to be written.
     *
     * @param strategies public names of those applied
     * @param gate the gate's condition has to turn False
     * @param visibleToRouters a router can see it without the pod being deleted
     */
    public record Plan(
            List<String> strategies,
            Map<String, Optional<String>> labels,
            Map<String, Optional<String>> annotations,
            boolean gate,
            boolean visibleToRouters) {}

    public static Plan plan(PodView pod, Set<Strategy> chosen, @Nullable Instant deadline, boolean noticeIsFinal) {
        return plan(pod, null, chosen, deadline, noticeIsFinal);
    }

    /** @param known the value of {@link #WITHDRAWN} as this agent wrote it, where the pod as given does not show it yet */
    static Plan plan(
            PodView pod,
            @Nullable String known,
            Set<Strategy> chosen,
            @Nullable Instant deadline,
            boolean noticeIsFinal) {
        boolean auto = chosen.contains(Strategy.AUTO);
        List<String> applied = new java.util.ArrayList<>();
        Map<String, Optional<String>> labels = new LinkedHashMap<>();
        Map<String, Optional<String>> annotations = new LinkedHashMap<>();
        boolean gate = pod.gates().contains(GATE) && (auto || chosen.contains(Strategy.GATE));
        boolean label = pod.labels().containsKey(ROTATION) && (auto || chosen.contains(Strategy.LABEL));
        boolean annotation = auto || chosen.contains(Strategy.ANNOTATION);
        boolean detach = detaches(pod, chosen, noticeIsFinal);
        if (label) {
            labels.put(ROTATION, Optional.of("out"));
            applied.add("label");
        }
        if (gate) {
            applied.add("gate");
        }
        if (annotation) {
            annotations.put(AIBRIX, Optional.of("true"));
            applied.add("annotation");
        }
        if (detach) {
            labels.put(REPLICA_LABEL, Optional.empty());
            applied.add("detach");
        }
        Set<String> changed = ours(pod, known);
        cheapest(pod, changed, annotations);
        for (String strategy : applied) {
            // The gate is nobody's but ours.
            boolean before = switch (strategy) {
                case "label" -> "out".equals(pod.labels().get(ROTATION));
                case "annotation" -> pod.annotations().containsKey(AIBRIX);
                default -> false;
            };
            if (!before) {
                changed.add(strategy);
            }
        }
        if (!changed.isEmpty()) {
            annotations.put(WITHDRAWN, Optional.of(String.join(",", changed)));
        }
        if (deadline != null) {
            annotations.put(DEADLINE, Optional.of(deadline.toString()));
        }
        // AIBrix' mark is set on every pod, whether or not such a gateway is there to read it: it alone proves nothing.
        boolean visibleToRouters = label || gate || chosen.contains(Strategy.ANNOTATION);
        return new Plan(List.copyOf(applied), labels, annotations, gate, visibleToRouters);
    }

    /**
     * What is written at the notice, before it is known whether the pod may leave: that its node goes and when, that a scale-down should
     * take it first, and, where {@code detach} applies, that its ReplicaSet starts the replacement now.
     *
     * @param kept whether its agent has said that it stays; else such a mark of an earlier life is taken off
     */
    static Plan doom(
            PodView pod,
            @Nullable String known,
            Set<Strategy> chosen,
            Instant deadline,
            boolean noticeIsFinal,
            boolean kept) {
        Map<String, Optional<String>> labels = new LinkedHashMap<>();
        Map<String, Optional<String>> annotations = new LinkedHashMap<>();
        Set<String> changed = ours(pod, known);
        cheapest(pod, changed, annotations);
        if (detaches(pod, chosen, noticeIsFinal)) {
            labels.put(REPLICA_LABEL, Optional.empty());
            changed.add("detach");
        }
        if (!changed.isEmpty()) {
            annotations.put(WITHDRAWN, Optional.of(String.join(",", changed)));
        }
        annotations.put(DEADLINE, Optional.of(deadline.toString()));
        if (!kept) {
            annotations.put(KEPT, Optional.empty());
        }
        return new Plan(List.of(), labels, annotations, false, false);
    }

    /** Whether {@code detach} applies: only a ReplicaSet replaces the pod it loses, and only a final notice can't be undone. */
    static boolean detaches(PodView pod, Set<Strategy> chosen, boolean noticeIsFinal) {
        return chosen.contains(Strategy.DETACH)
                && noticeIsFinal
                && pod.labels().containsKey(REPLICA_LABEL)
                && pod.controller() != null
                && pod.controller().kind().equals("ReplicaSet");
    }

    /** The lowest cost for a pod that has none of its own. */
    private static void cheapest(PodView pod, Set<String> changed, Map<String, Optional<String>> annotations) {
        if (!pod.annotations().containsKey(DELETION_COST) && changed.add(COST_STRATEGY)) {
            annotations.put(DELETION_COST, Optional.of(LOWEST_COST));
        }
    }

    /**
     * Undoes what a withdrawal left on the pod, and nothing a user wrote.
     *
     * @param known the value of {@link #WITHDRAWN} as this agent wrote it, where the watch may not show it yet
     */
    public static Plan undo(PodView pod, @Nullable String known) {
        Map<String, Optional<String>> labels = new LinkedHashMap<>();
        Map<String, Optional<String>> annotations = new LinkedHashMap<>();
        Set<String> ours = ours(pod, known);
        if (ours.contains("label") && pod.labels().containsKey(ROTATION)) {
            labels.put(ROTATION, Optional.of("in"));
        }
        if (ours.contains("annotation")) {
            annotations.put(AIBRIX, Optional.empty());
        }
        if (ours.contains(COST_STRATEGY)) {
            annotations.put(DELETION_COST, Optional.empty());
        }
        for (String mark : List.of(DEADLINE, KEPT, WITHDRAWN)) {
            if (known != null || pod.annotations().containsKey(mark)) {
                annotations.put(mark, Optional.empty());
            }
        }
        return new Plan(List.of(), labels, annotations, ours.contains("gate"), false);
    }

    /** Whether anything of a withdrawal of ours stands on the pod. */
    public static boolean marked(PodView pod) {
        return pod.annotations().containsKey(WITHDRAWN) || pod.annotations().containsKey(DEADLINE);
    }

    /** Whether a withdrawal took the pod from its ReplicaSet: a replacement has its place, and it can't go back. */
    public static boolean detached(PodView pod, @Nullable String known) {
        return PodMarks.detached(pod)
                || (known != null && List.of(known.split(",")).contains("detach"));
    }

    private static Set<String> ours(PodView pod, @Nullable String known) {
        Set<String> ours = PodMarks.changed(pod);
        if (known != null) {
            ours.addAll(List.of(known.split(",")));
        }
        return ours;
    }
}
