package dev.lastcall.lint;

import java.util.List;
import java.util.Map;

/** Label selectors as manifests have them. */
final class Selector {

    private Selector() {}

    /** {@code matchLabels} and {@code matchExpressions}; an empty selector matches every pod. */
    static boolean matches(Value selector, Map<String, String> labels) {
        return exactly(selector.strings("matchLabels"), labels)
                && selector.items("matchExpressions").stream().allMatch(term -> term(term, labels));
    }

    /** Equality alone, as in a Service. */
    static boolean exactly(Map<String, String> wanted, Map<String, String> labels) {
        return wanted.entrySet().stream().allMatch(entry -> entry.getValue().equals(labels.get(entry.getKey())));
    }

    private static boolean term(Value term, Map<String, String> labels) {
        String key = term.text("key").orElse("");
        List<String> values = term.words("values");
        String value = labels.get(key);
        return switch (term.text("operator").orElse("")) {
            case "In" -> value != null && values.contains(value);
            case "NotIn" -> value == null || !values.contains(value);
            case "Exists" -> value != null;
            case "DoesNotExist" -> value == null;
            default -> false;
        };
    }
}
