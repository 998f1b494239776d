package dev.lastcall.dashboards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.grafana.Dashboards;
import dev.lastcall.metrics.MetricNames;
import dev.lastcall.metrics.MetricType;
import dev.lastcall.support.chart.ToolRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dashboards as files: Grafana itself can't be had here, so what can be known without it is held here. */
class DashboardTest {

    private static final Pattern VARIABLE = Pattern.compile("\\$\\{?(?!__)([a-z]+)");
    private static final Pattern FOREIGN = Pattern.compile("\\b(?:kube_[a-z_]+|vllm:[a-z_]+|up)(?=[{ ])");

    /** Families of other programs that panels may ask for. */
    private static final Set<String> OTHERS = Set.of(
            "up",
            "kube_deployment_status_replicas_ready",
            "kube_deployment_spec_replicas",
            "kube_pod_status_unschedulable",
            "vllm:num_requests_running",
            "vllm:num_requests_waiting",
            "vllm:kv_cache_usage_perc",
            "vllm:time_to_first_token_seconds_bucket",
            "vllm:generation_tokens_total");

    /** {@code -Dgolden.update=true} or {@code make dashboards} writes them anew. */
    @Test
    void each_dashboard_is_what_its_source_says() throws IOException {
        for (String name : Dashboards.NAMES) {
            if (Boolean.getBoolean("golden.update")) {
                Files.writeString(Dashboards.file(name), Dashboards.text(name));
            }
            assertThat(Files.readString(Dashboards.file(name)))
                    .as(name + ": run make dashboards")
                    .isEqualTo(Dashboards.text(name));
        }
    }

    @Test
    void every_family_a_panel_asks_for_is_published_by_the_agent_or_by_a_program_on_the_list() throws IOException {
        Set<String> foreign = new TreeSet<>();
        for (Dashboard dashboard : Dashboard.all()) {
            assertThat(Families.unknown(dashboard.queries().stream()
                            .map(Dashboard.Query::expression)
                            .toList()))
                    .isEmpty();
            dashboard
                    .queries()
                    .forEach(query ->
                            FOREIGN.matcher(query.expression()).results().forEach(found -> foreign.add(found.group())));
        }
        assertThat(foreign).isEqualTo(new TreeSet<>(OTHERS));
    }

    @Test
    void every_recorded_series_a_panel_asks_for_is_recorded() throws IOException {
        String rules = Files.readString(Path.of("dashboards/rules/lastcall.rules.yaml"));
        for (Dashboard.Query query : queries()) {
            Matcher names = Pattern.compile("lastcall:[a-z_:0-9]+").matcher(query.expression());
            while (names.find()) {
                assertThat(rules).contains("record: " + names.group() + "\n");
            }
        }
    }

    /** A sum over counters falls when a node goes; what it counted in the chosen time does not. */
    @Test
    void counters_are_only_asked_for_what_they_counted_in_a_time() throws IOException {
        Set<String> counters = MetricNames.all().stream()
                .flatMap(spec -> spec.type() == MetricType.COUNTER
                        ? java.util.stream.Stream.of(spec.name())
                        : spec.type() == MetricType.HISTOGRAM
                                ? java.util.stream.Stream.of("_bucket", "_sum", "_count")
                                        .map(spec.name()::concat)
                                : java.util.stream.Stream.empty())
                .collect(Collectors.toSet());
        int seen = 0;
        for (Dashboard.Query query : queries()) {
            Matcher names =
                    Pattern.compile("(\\w+\\()?\\b(lastcall_[a-z0-9_]+)\\b").matcher(query.expression());
            while (names.find()) {
                if (counters.contains(names.group(2))) {
                    seen++;
                    assertThat(names.group(1))
                            .as(query.panel() + ": " + names.group(2))
                            .isIn("rate(", "increase(");
                }
            }
        }
        assertThat(seen).isGreaterThan(35);
    }

    @Test
    void every_panel_has_an_id_of_its_own_a_unit_a_description_and_a_chosen_source() throws IOException {
        for (Dashboard dashboard : Dashboard.all()) {
            List<Integer> ids = new ArrayList<>();
            dashboard
                    .json()
                    .path("panels")
                    .forEach(panel -> ids.add(panel.path("id").asInt()));
            assertThat(ids).doesNotHaveDuplicates().doesNotContain(0);
            for (JsonNode panel : dashboard.panels()) {
                String title = dashboard.name() + ": " + panel.path("title").asText();
                assertThat(panel.path("description").asText()).as(title).isNotBlank();
                assertThat(panel.at("/fieldConfig/defaults/unit").asText())
                        .as(title)
                        .isNotBlank();
                assertThat(panel.path("targets").isEmpty()).as(title).isFalse();
            }
            assertThat(dashboard.json().findValues("datasource"))
                    .allSatisfy(
                            source -> assertThat(source.path("uid").asText()).isEqualTo("${datasource}"));
        }
        assertThat(Dashboard.all())
                .extracting(each -> each.json().path("uid").asText())
                .doesNotHaveDuplicates();
    }

    @Test
    void no_two_panels_of_a_dashboard_are_alike() throws IOException {
        for (Dashboard dashboard : Dashboard.all()) {
            assertThat(dashboard.panels())
                    .extracting(panel -> panel.path("title").asText())
                    .doesNotHaveDuplicates();
            assertThat(dashboard.panels())
                    .extracting(panel -> panel.path("type").asText() + panel.findValuesAsText("expr"))
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void a_dashboard_offers_the_choices_that_it_uses() throws IOException {
        Set<String> everywhere = new TreeSet<>();
        for (Dashboard dashboard : Dashboard.all()) {
            Set<String> used = new TreeSet<>();
            Matcher names = VARIABLE.matcher(dashboard.json().toString());
            while (names.find()) {
                used.add(names.group(1));
            }
            Set<String> offered = StreamSupport.stream(
                            dashboard.json().at("/templating/list").spliterator(), false)
                    .map(variable -> variable.path("name").asText())
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(used).as(dashboard.name()).isEqualTo(offered);
            everywhere.addAll(offered);
        }
        assertThat(everywhere)
                .containsExactly("cluster", "datasource", "gpu", "namespace", "node", "profile", "runbooks");
    }

    @Test
    void links_lead_to_the_other_dashboards_and_to_sections_of_the_runbooks() throws IOException {
        String runbooks = Files.readString(Path.of("docs/RUNBOOKS.md"));
        for (Dashboard dashboard : Dashboard.all()) {
            assertThat(dashboard.json().path("links").findValuesAsText("url"))
                    .containsAll(Dashboards.NAMES.stream()
                            .filter(name -> !name.equals(dashboard.name()))
                            .map(name -> "/d/lastcall-" + name)
                            .toList())
                    .contains("${runbooks}");
            for (JsonNode panel : dashboard.panels()) {
                panel.path("links")
                        .findValuesAsText("url")
                        .forEach(url -> assertThat(runbooks.toLowerCase(Locale.ROOT))
                                .contains("## " + url.substring(url.indexOf('#') + 1) + "\n"));
            }
            assertThat(dashboard.json().at("/annotations/list/0/name").asText()).isEqualTo("Cordons");
        }
    }

    /** A rule for each query: promtool parses it as Prometheus does. */
    @Test
    void prometheus_understands_every_query(@TempDir Path folder) throws IOException {
        assumeTrue(
                ToolRun.onPath("promtool"), "skipped: promtool is not on the PATH; the package prometheus brings it");
        StringBuilder rules = new StringBuilder("groups:\n  - name: panels\n    rules:\n");
        int number = 0;
        for (Dashboard dashboard : Dashboard.all()) {
            for (String expression : dashboard.json().findValuesAsText("expr")) {
                rules.append("      - record: panel:number")
                        .append(number++)
                        .append("\n        expr: '")
                        .append(Dashboard.concrete(expression).replace("'", "''"))
                        .append("'\n");
            }
        }
        Path file = Files.writeString(folder.resolve("panels.yaml"), rules);
        ToolRun run = ToolRun.of("promtool", "check", "rules", file.toString());
        assertThat(run.code()).as(run.all()).isZero();
        assertThat(number).isGreaterThan(110);
    }

    @Test
    void panels_do_not_lie_on_each_other() throws IOException {
        for (Dashboard dashboard : Dashboard.all()) {
            List<JsonNode> places = dashboard.json().findValues("gridPos");
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
    }

    private static List<Dashboard.Query> queries() throws IOException {
        return Dashboard.all().stream()
                .flatMap(dashboard -> dashboard.queries().stream())
                .toList();
    }

    private static boolean overlap(JsonNode one, JsonNode other, String from, String length) {
        return one.path(from).asInt() < end(other, from, length)
                && other.path(from).asInt() < end(one, from, length);
    }

    private static int end(JsonNode place, String from, String length) {
        return place.path(from).asInt() + place.path(length).asInt();
    }
}
