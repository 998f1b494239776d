package dev.lastcall.dashboards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.ToolRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Alerts that fire when they should, and only then: promtool's word. */
class RulesTest {

    private static final Pattern LABELS_KEPT = Pattern.compile("\\b(?:by|on) \\(([^)]*)\\)");
    private static final String RULES = "dashboards/rules/lastcall.rules.yaml";
    private static final List<String> TESTS =
            List.of("dashboards/rules/lastcall.rules.test.yaml", "dashboards/rules/clusters-and-pools.test.yaml");

    @Test
    void promtool_finds_nothing_to_complain_about() {
        assumePromtool();
        ToolRun run = ToolRun.of("promtool", "check", "rules", "--lint=all", "--lint-fatal", RULES);
        assertThat(run.code()).as(run.all()).isZero();
    }

    @Test
    void every_alert_fires_and_stays_quiet_as_its_tests_say() {
        assumePromtool();
        ToolRun run = ToolRun.of(
                Stream.concat(Stream.of("promtool", "test", "rules"), TESTS.stream())
                        .toList(),
                Map.of());
        assertThat(run.code()).as(run.all()).isZero();
    }

    /** An alert that is only tested to fire may fire always; one that is only tested to be quiet may never fire. */
    @Test
    void every_alert_has_a_test_that_fires_and_one_that_stays_quiet() throws IOException {
        Set<String> alerts = new TreeSet<>(read(RULES).findValuesAsText("alert"));
        Set<String> firing = new TreeSet<>();
        Set<String> quiet = new TreeSet<>();
        List<JsonNode> tests = new ArrayList<>();
        for (String file : TESTS) {
            read(file).path("tests").forEach(tests::add);
        }
        for (JsonNode test : tests) {
            Set<String> fired = new TreeSet<>();
            Set<String> named = new TreeSet<>();
            for (JsonNode alert : test.path("alert_rule_test")) {
                named.add(alert.path("alertname").asText());
                if (!alert.path("exp_alerts").isEmpty()) {
                    fired.add(alert.path("alertname").asText());
                }
            }
            firing.addAll(fired);
            named.removeAll(fired);
            quiet.addAll(named);
        }
        assertThat(alerts).hasSizeGreaterThan(8);
        assertThat(firing).isEqualTo(alerts);
        assertThat(quiet).isEqualTo(alerts);
    }

    @Test
    void every_alert_says_how_bad_it_is_and_what_to_do() throws IOException {
        for (JsonNode group : read(RULES).path("groups")) {
            for (JsonNode rule : group.path("rules")) {
                if (rule.has("alert")) {
                    String name = rule.path("alert").asText();
                    assertThat(name).startsWith("Lastcall");
                    assertThat(rule.at("/labels/severity").asText()).as(name).isIn("info", "warning", "critical");
                    assertThat(rule.at("/annotations/summary").asText())
                            .as(name)
                            .isNotBlank();
                    assertThat(rule.at("/annotations/description").asText())
                            .as(name)
                            .isNotBlank();
                } else {
                    assertThat(rule.path("record").asText()).startsWith("lastcall:");
                }
            }
        }
    }

    /** A sum or join that leaves the cluster out mixes those that report to one Prometheus. */
    @Test
    void every_sum_and_every_join_keeps_the_cluster() throws IOException {
        int seen = 0;
        for (String expression : read(RULES).findValuesAsText("expr")) {
            Matcher labels = LABELS_KEPT.matcher(expression);
            while (labels.find()) {
                seen++;
                assertThat(labels.group(1)).as(expression).startsWith("cluster");
            }
            assertThat(expression).doesNotContainPattern("\\b(sum|max|min|count|avg) ?\\((?!_)");
        }
        assertThat(seen).isGreaterThan(90);
    }

    /** Recording rules are known by their own name; kube-state-metrics' families are not ours. */
    @Test
    void every_family_the_rules_ask_for_is_published() throws IOException {
        assertThat(Families.unknown(read(RULES).findValuesAsText("expr"))).isEmpty();
    }

    @Test
    void a_family_that_nobody_publishes_would_be_found() {
        assertThat(Families.unknown(List.of("rate(lastcall_evictions_total[5m]) > lastcall_evictoins_total")))
                .containsExactly("lastcall_evictoins_total");
    }

    private static JsonNode read(String file) throws IOException {
        return Chart.parse(Files.readString(Path.of(file))).getFirst();
    }

    private static void assumePromtool() {
        assumeTrue(
                ToolRun.onPath("promtool"), "skipped: promtool is not on the PATH; the package prometheus brings it");
    }
}
