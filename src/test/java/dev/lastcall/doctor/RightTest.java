package dev.lastcall.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.chart.Chart;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class RightTest {

    @Test
    void doctor_asks_for_exactly_what_the_chart_gives() {
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
        Set<String> given = new TreeSet<>();
        for (JsonNode rule : Chart.one(Chart.objects(), "ClusterRole").path("rules")) {
            for (JsonNode group : rule.path("apiGroups")) {
                for (JsonNode resource : rule.path("resources")) {
                    for (JsonNode verb : rule.path("verbs")) {
                        given.add(group.asText() + " " + resource.asText() + " " + verb.asText());
                    }
                }
            }
        }
        Set<String> asked = new TreeSet<>();
        for (Right right : Right.ALL) {
            right.verbs(false).forEach(verb -> asked.add(right.group() + " " + right.resource() + " " + verb));
        }
        assertThat(asked).isEqualTo(given);
    }
}
