package dev.lastcall.kube;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Selectors as API objects carry them, matched against labels. */
final class Selectors {

    private Selectors() {}

    /** A plain map (Service): every pair must be there. An empty or missing one selects nothing. */
    static boolean matches(JsonNode map, Map<String, String> labels) {
        return map.isObject()
                && !map.isEmpty()
                && map.properties().stream()
                        .allMatch(pair -> pair.getValue().asText().equals(labels.get(pair.getKey())));
    }

    /** A LabelSelector with {@code matchLabels} and {@code matchExpressions}; an empty one selects everything, a missing one nothing. */
    static boolean selects(JsonNode selector, Map<String, String> labels) {
        if (!selector.isObject()) {
            return false;
        }
        for (var pair : selector.path("matchLabels").properties()) {
            if (!pair.getValue().asText().equals(labels.get(pair.getKey()))) {
                return false;
            }
        }
        for (JsonNode term : selector.path("matchExpressions")) {
            if (!holds(term, labels)) {
                return false;
            }
        }
        return true;
    }

    private static boolean holds(JsonNode term, Map<String, String> labels) {
        String key = term.path("key").asText();
        Set<String> values = new TreeSet<>();
        term.path("values").forEach(value -> values.add(value.asText()));
        String value = labels.get(key);
        return switch (term.path("operator").asText()) {
            case "In" -> value != null && values.contains(value);
            case "NotIn" -> value == null || !values.contains(value);
            case "Exists" -> value != null;
            case "DoesNotExist" -> value == null;
            // An operator that does not exist yet: the budget is taken to be for this pod, which keeps it in rotation
            // longer.
            default -> true;
        };
    }

    /** A plain map in the text form of a query, without one of its keys. */
    static String text(JsonNode map, String without) {
        Map<String, String> terms = new TreeMap<>();
        map.properties()
                .forEach(pair -> terms.put(pair.getKey(), pair.getValue().asText()));
        terms.remove(without);
        return terms.entrySet().stream()
                .map(term -> term.getKey() + "=" + term.getValue())
                .collect(Collectors.joining(","));
    }
}
