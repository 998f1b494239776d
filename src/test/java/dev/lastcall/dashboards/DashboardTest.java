package dev.lastcall.dashboards;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The dashboard as a file: Grafana itself can't be had here, so what can be known without it is held here. */
class DashboardTest {

    @Test
    void every_family_a_panel_asks_for_is_published() throws IOException {
        assertThat(Families.unknown(Dashboard.read().queries().stream()
                        .map(Dashboard.Query::expression)
                        .toList()))
                .isEmpty();
    }

    @Test
    void every_panel_has_an_id_of_its_own_a_description_and_a_query_for_the_chosen_agents() throws IOException {
        List<Integer> ids = new ArrayList<>();
        for (JsonNode panel : Dashboard.read().json().path("panels")) {
            ids.add(panel.path("id").asInt());
            if (panel.path("type").asText().equals("row")) {
                continue;
            }
            assertThat(panel.path("description").asText())
                    .as("the description of " + panel.path("title").asText())
                    .isNotBlank();
            assertThat(panel.path("targets").isEmpty())
                    .as(panel.path("title").asText())
                    .isFalse();
            assertThat(panel.at("/datasource/uid").asText()).isEqualTo("${datasource}");
            panel.path("targets")
                    .forEach(target -> assertThat(target.path("expr").asText())
                            .as(panel.path("title").asText())
                            .containsAnyOf("instance=~\"$instance\"", "lastcall:"));
        }
        assertThat(ids).doesNotHaveDuplicates().hasSizeGreaterThan(30);
    }

    @Test
    void panels_do_not_lie_on_each_other() throws IOException {
        List<JsonNode> places = new ArrayList<>();
        Dashboard.read().json().path("panels").forEach(panel -> places.add(panel.path("gridPos")));
        for (int i = 0; i < places.size(); i++) {
            assertThat(end(places.get(i), "x", "w")).isLessThanOrEqualTo(24);
            for (int j = 0; j < i; j++) {
                assertThat(overlap(places.get(i), places.get(j), "x", "w")
                                && overlap(places.get(i), places.get(j), "y", "h"))
                        .as(places.get(i) + " and " + places.get(j))
                        .isFalse();
            }
        }
    }

    private static boolean overlap(JsonNode one, JsonNode other, String from, String length) {
        return one.path(from).asInt() < end(other, from, length)
                && other.path(from).asInt() < end(one, from, length);
    }

    private static int end(JsonNode place, String from, String length) {
        return place.path(from).asInt() + place.path(length).asInt();
    }
}
