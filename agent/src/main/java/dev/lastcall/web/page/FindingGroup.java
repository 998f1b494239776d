package dev.lastcall.web.page;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Findings that belong together. Groups without any are left out. */
public record FindingGroup(String title, List<String> findings) {

    static List<FindingGroup> of(JsonNode state) {
        List<FindingGroup> groups = new ArrayList<>();
        state.path("drainBudgets").forEach(budget -> {
            List<String> findings = new ArrayList<>();
            budget.path("deficitSeconds").properties().forEach(window -> {
                if (window.getValue().asDouble() > 0) {
                    findings.add(String.format(
                            Locale.ROOT,
                            "A notice of %s is %.1f s too short for the requests of this workload.",
                            window.getKey(),
                            window.getValue().asDouble()));
                }
            });
            findings.addAll(Words.texts(budget.path("findings")));
            add(groups, "Workload " + budget.path("workload").asText(), findings);
        });
        add(groups, "Last drain", Words.texts(state.path("lastReport").path("findings")));
        List<String> missing = new ArrayList<>();
        state.path("unavailable")
                .properties()
                .forEach(part -> missing.add("\"" + part.getKey() + "\" can't be shown: "
                        + part.getValue().asText()));
        add(groups, "This page", missing);
        return groups;
    }

    private static void add(List<FindingGroup> groups, String title, List<String> findings) {
        if (!findings.isEmpty()) {
            groups.add(new FindingGroup(title, findings));
        }
    }
}
