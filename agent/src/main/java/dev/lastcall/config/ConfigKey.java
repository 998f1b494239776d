package dev.lastcall.config;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One key a user may set.
 *
 * @param name with the prefix, for example {@code lastcall.drain.force}
 * @param defaultValue as it would be written; empty = none
 * @param shape one value, or a comma-separated list of them
 * @param rule what a value (one element of a list) may be
 * @param meaning one phrase
 */
public record ConfigKey(String name, String defaultValue, Shape shape, ValueRule rule, String meaning) {

    /** How the value is read. */
    public enum Shape {
        /** One value. */
        ONE,
        /** Elements separated by commas; indexed keys ({@code key[0]}) are taken too. */
        LIST,
        /** A list in which {@code auto} and {@code none} stand alone, if at all. */
        CHOICE,
        /** A list whose elements are secrets and are never repeated in a message. */
        SECRETS
    }

    /** The environment variable of this key, for example {@code LASTCALL_DRAIN_FORCE}. */
    public String envName() {
        return envName(name);
    }

    /** The rule by which SmallRye Config finds a key in the environment. */
    public static String envName(String key) {
        return key.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
    }

    /** A range as the reader of a message or the manual needs it. */
    public String allowed() {
        return switch (shape) {
            case ONE -> rule.allowed();
            case LIST, SECRETS -> "a comma-separated list, each " + rule.allowed();
            case CHOICE -> "a comma-separated list, each " + rule.allowed() + "; auto and none stand alone";
        };
    }

    boolean isList() {
        return shape != Shape.ONE;
    }

    /** Whether the whole value is allowed. An empty value is allowed only where there is no default. */
    boolean accepts(String value) {
        if (value.isEmpty()) {
            return defaultValue.isEmpty();
        }
        if (!isList()) {
            return rule.accepts().test(value);
        }
        List<String> elements = elements(value);
        return elements.stream().allMatch(element -> rule.accepts().test(element))
                && (shape != Shape.CHOICE
                        || elements.size() == 1
                        || elements.stream().noneMatch(e -> e.equals("auto") || e.equals("none")))
                && elements.stream().distinct().count() == elements.size();
    }

    /** What is wrong with a refused value beyond its form, and what to write instead; empty where {@link #allowed} says it all. */
    Optional<String> remedy(String value) {
        return (isList() ? elements(value) : List.of(value))
                .stream()
                        .flatMap(element -> rule.remedy().apply(element).stream())
                        .findFirst();
    }

    boolean isSecret() {
        return shape == Shape.SECRETS;
    }

    private static List<String> elements(String value) {
        return Arrays.asList(value.split("(?<!\\\\),", -1));
    }
}
