package dev.lastcall.notice;

import java.util.List;
import java.util.Map;

/** What of the own Node object can announce an interruption. */
public record NodeSigns(
        Map<String, String> labels, Map<String, String> annotations, List<Taint> taints, List<Condition> conditions) {

    public NodeSigns {
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
        taints = List.copyOf(taints);
        conditions = List.copyOf(conditions);
    }

    /** A taint; {@code value} is empty where the Node has none. */
    public record Taint(String key, String value, String effect) {}

    /** A condition; {@code status} is {@code True}, {@code False} or {@code Unknown}. */
    public record Condition(String type, String status) {}
}
