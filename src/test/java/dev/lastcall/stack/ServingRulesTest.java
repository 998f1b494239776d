package dev.lastcall.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.DryRun;
import dev.lastcall.support.chart.ServingChart;
import dev.lastcall.support.chart.ToolRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rules that the chart renders: alerts that fire when they should, and only then. promtool's word. */
class ServingRulesTest {

    private static final Path TESTS = Path.of("src/test/resources/serving/serving.rules.test.yaml");

    @TempDir
    Path directory;

    private JsonNode rules;

    @BeforeEach
    void render() throws IOException {
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
        rules = Chart.one(ServingChart.objects(ServingChart.variant("everything")), "PrometheusRule")
                .path("spec");
        new ObjectMapper().writeValue(directory.resolve("serving.rules.yaml").toFile(), rules);
        Files.copy(TESTS, directory.resolve("serving.rules.test.yaml"));
    }

    @Test
    void promtool_finds_nothing_to_complain_about() {
        assumePromtool();
        ToolRun run = ToolRun.of(
                "promtool",
                "check",
                "rules",
                "--lint=all",
                "--lint-fatal",
                directory.resolve("serving.rules.yaml").toString());
        assertThat(run.code()).as(run.all()).isZero();
    }

    @Test
    void every_alert_fires_and_stays_quiet_as_its_tests_say() {
        assumePromtool();
        ToolRun run = ToolRun.of(
                "promtool",
                "test",
                "rules",
                directory.resolve("serving.rules.test.yaml").toString());
        assertThat(run.code()).as(run.all()).isZero();
    }

    /** An alert that is only tested to fire may fire always; one that is only tested to be quiet may never fire. */
    @Test
    void every_alert_has_a_test_that_fires_and_one_that_stays_quiet() {
        Set<String> firing = new TreeSet<>();
        Set<String> quiet = new TreeSet<>();
        for (JsonNode test : DryRun.read(TESTS).getFirst().path("tests")) {
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
        assertThat(alerts()).hasSize(10);
        assertThat(firing).isEqualTo(alerts());
        assertThat(quiet).isEqualTo(alerts());
    }

    @Test
    void every_alert_has_its_section_in_the_runbook() throws IOException {
        String runbook = Files.readString(Path.of("docs/SERVING-RUNBOOK.md"));
        assertThat(alerts()).allSatisfy(alert -> assertThat(runbook).contains("\n## " + alert + "\n"));
        for (JsonNode rule : rules.at("/groups/0/rules")) {
            if (rule.has("alert")) {
                assertThat(rule.at("/annotations/runbook_url").asText())
                        .isEqualTo("docs/SERVING-RUNBOOK.md#"
                                + rule.path("alert").asText().toLowerCase(java.util.Locale.ROOT));
            }
        }
    }

    private Set<String> alerts() {
        return new TreeSet<>(rules.findValuesAsText("alert"));
    }

    private static void assumePromtool() {
        assumeTrue(
                ToolRun.onPath("promtool"), "skipped: promtool is not on the PATH; the package prometheus brings it");
    }
}
