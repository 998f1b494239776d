package dev.lastcall.grafana;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * One panel as {@code dashboards/source} describes it.
 *
 * @param kind the word in the source: stat, graph, table, bars or states
 * @param ask legend to PromQL, with the short forms of selectors already written out
 * @param source what else the source says: unit, about, warn, max, runbook, empty
 */
public record Panel(String kind, String title, int width, int height, Map<String, String> ask, JsonNode source) {

    /** The word in the source to the panel type of Grafana. */
    static final Map<String, String> KINDS = Map.of(
            "stat", "stat", "graph", "timeseries", "table", "table", "bars", "bargauge", "states", "state-timeline");

    private static final Set<String> KEYS = Set.of("unit", "about", "ask", "w", "h", "warn", "max", "runbook", "empty");

    private static final String CLUSTER = "cluster=~\"$cluster\"";
    private static final String AGENT = CLUSTER + ",node=~\"$node\"";

    /** Short forms of selectors; PROFILES and CLUSTER are for recording rules, which know no node. */
    private static final List<Map.Entry<String, String>> SELECTORS = List.of(
            Map.entry("AGENT", AGENT),
            Map.entry("GPU", AGENT + ",gpu=~\"$gpu\""),
            Map.entry("CLUSTER", CLUSTER),
            Map.entry("PROFILES", CLUSTER + ",profile=~\"$profile\""),
            Map.entry("PROFILE", AGENT + ",profile=~\"$profile\""),
            Map.entry("WORK", AGENT + ",namespace=~\"$namespace\""));

    /** @throws IllegalArgumentException for a panel that lacks a kind or has a key nobody reads */
    static Panel of(JsonNode source) {
        Set<String> unknown = new TreeSet<>();
        source.fieldNames().forEachRemaining(unknown::add);
        unknown.removeAll(KEYS);
        if (unknown.size() != 1 || !KINDS.containsKey(unknown.iterator().next())) {
            throw new IllegalArgumentException(source + ": needs one of " + new TreeSet<>(KINDS.keySet())
                    + " and may have " + new TreeSet<>(KEYS));
        }
        String kind = unknown.iterator().next();
        boolean small = kind.equals("stat");
        Map<String, String> ask = new LinkedHashMap<>();
        source.path("ask")
                .properties()
                .forEach(each -> ask.put(each.getKey(), full(each.getValue().asText())));
        return new Panel(
                kind,
                source.path(kind).asText(),
                source.path("w").asInt(small ? 4 : 8),
                source.path("h").asInt(small ? 4 : 8),
                ask,
                source);
    }

    String text(String key) {
        return source.path(key).asText();
    }

    private static String full(String expression) {
        String full = expression;
        for (Map.Entry<String, String> each : SELECTORS) {
            full = full.replaceAll(
                    "\\{" + each.getKey() + "\\b", "{" + java.util.regex.Matcher.quoteReplacement(each.getValue()));
        }
        return full;
    }
}
