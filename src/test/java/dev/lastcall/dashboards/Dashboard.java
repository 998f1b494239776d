package dev.lastcall.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the Grafana dashboard asks Prometheus. */
record Dashboard(JsonNode json) {

    /** One target of a panel. */
    record Query(String panel, String expression) {

        /** As Grafana would send it for all agents and a range of ten minutes. */
        String concrete() {
            return expression
                    .replace("$__rate_interval", "30s")
                    .replace("$__range", "10m")
                    .replace("$instance", ".*");
        }
    }

    static Dashboard read() throws IOException {
        return new Dashboard(
                new ObjectMapper().readTree(Path.of("dashboards/lastcall.json").toFile()));
    }

    List<Query> queries() {
        List<Query> queries = new ArrayList<>();
        for (JsonNode panel : json.path("panels")) {
            for (JsonNode target : panel.path("targets")) {
                queries.add(new Query(
                        panel.path("title").asText(), target.path("expr").asText()));
            }
        }
        return queries;
    }
}
