package dev.lastcall.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.grafana.Dashboards;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;

/** A Grafana dashboard as it is shipped. */
record Dashboard(String name, JsonNode json) {

    private static final Pattern CHOICE = Pattern.compile("\\$(cluster|namespace|node|gpu|profile)\\b");

    /**
     * One target of a panel.
     *
     * @param mayBeEmpty the panel says itself when it has nothing to show
     */
    record Query(String panel, String expression, boolean mayBeEmpty) {

        /** As Grafana would send it for all agents and a range of ten minutes. */
        String concrete() {
            return Dashboard.concrete(expression);
        }
    }

    static String concrete(String expression) {
        return CHOICE.matcher(expression.replace("$__rate_interval", "30s").replace("$__range", "10m"))
                .replaceAll(Matcher.quoteReplacement(".*"));
    }

    static List<Dashboard> all() throws IOException {
        List<Dashboard> all = new ArrayList<>();
        for (String name : Dashboards.NAMES) {
            all.add(new Dashboard(
                    name, new ObjectMapper().readTree(Dashboards.file(name).toFile())));
        }
        return all;
    }

    /** Without the headings of rows. */
    List<JsonNode> panels() {
        return StreamSupport.stream(json.path("panels").spliterator(), false)
                .filter(panel -> !panel.path("type").asText().equals("row"))
                .toList();
    }

    List<Query> queries() {
        List<Query> queries = new ArrayList<>();
        for (JsonNode panel : panels()) {
            boolean mayBeEmpty =
                    panel.at("/fieldConfig/defaults/noValue").asText().startsWith("no data: ");
            for (JsonNode target : panel.path("targets")) {
                queries.add(new Query(
                        name + ": " + panel.path("title").asText(),
                        target.path("expr").asText(),
                        mayBeEmpty));
            }
        }
        return queries;
    }
}
