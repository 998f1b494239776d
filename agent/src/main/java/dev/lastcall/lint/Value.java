package dev.lastcall.lint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A value of a YAML or JSON document and the line it begins on, from 1. What is not there, or of another type, is empty. */
sealed interface Value {

    int line();

    record Mapping(Map<String, Value> entries, int line) implements Value {}

    record Sequence(List<Value> items, int line) implements Value {}

    /** @param text empty for null */
    record Scalar(String text, int line) implements Value {}

    default Optional<Value> at(String... path) {
        Optional<Value> here = Optional.of(this);
        for (String key : path) {
            here = here.flatMap(value -> value instanceof Mapping mapping
                    ? Optional.ofNullable(mapping.entries().get(key))
                    : Optional.empty());
        }
        return here;
    }

    default Optional<String> text(String... path) {
        return at(path).flatMap(value ->
                value instanceof Scalar scalar && !scalar.text().isEmpty()
                        ? Optional.of(scalar.text())
                        : Optional.empty());
    }

    default List<Value> items(String... path) {
        return at(path).map(value -> value instanceof Sequence sequence ? sequence.items() : List.<Value>of())
                .orElse(List.of());
    }

    /** The scalars of a list, in order. */
    default List<String> words(String... path) {
        return items(path).stream().flatMap(item -> item.text().stream()).toList();
    }

    /** The scalars of a mapping. */
    default Map<String, String> strings(String... path) {
        Map<String, String> found = new LinkedHashMap<>();
        if (at(path).orElse(null) instanceof Mapping mapping) {
            mapping.entries().forEach((key, value) -> {
                if (value instanceof Scalar scalar) {
                    found.put(key, scalar.text());
                }
            });
        }
        return found;
    }

    default Optional<Integer> integer(String... path) {
        return text(path).filter(text -> text.matches("-?\\d{1,9}")).map(Integer::parseInt);
    }

    /** Kubernetes' own tools read YAML 1.1, where {@code yes} and {@code on} are true. */
    default Optional<Boolean> truth(String... path) {
        return text(path).flatMap(text -> switch (text.toLowerCase(java.util.Locale.ROOT)) {
            case "true", "yes", "on", "y" -> Optional.of(true);
            case "false", "no", "off", "n" -> Optional.of(false);
            default -> Optional.empty();
        });
    }
}
