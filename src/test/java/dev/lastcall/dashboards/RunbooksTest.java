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
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever is woken by an alert finds the section that its link promises, and the section has what one needs. */
class RunbooksTest {
    private static final Path RULES = Path.of("dashboards/rules/lastcall.rules.yaml");
    private static final Path TESTS = Path.of("dashboards/rules/lastcall.rules.test.yaml");
    private static final Path PAGE = Path.of("docs/RUNBOOKS.md");
    private static final List<String> PARTS =
            List.of("**Meaning.**", "**First look.**", "**Likely causes.**", "**What to do.**", "**How to test it.**");
    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| ([1-7]g\\.\\d+gb) \\| (\\d+) \\| (\\d+) \\| [0-9.]+ \\| [0-9.]+ \\| \\d+ \\|$");
    private static final Pattern IN_PROMETHEUS = Pattern.compile("(?s)[Ii]n Prometheus:(.*?)\n\\*\\*");
    private static final Pattern BLOCK = Pattern.compile("(?s)```promql\n(.*?)```");
    private static final Pattern RECORDED = Pattern.compile("lastcall:[a-z_:0-9]+");
    private static final Pattern PROFILE = Pattern.compile("profile=\"([^\"]+)\"");

    @Test
    void every_alert_links_to_a_section_and_every_section_has_its_alert() throws IOException {
        Map<String, String> sections = sections(Files.readString(PAGE));
        List<String> alerts = new ArrayList<>();
        for (JsonNode group : read(RULES).path("groups")) {
            for (JsonNode rule : group.path("rules")) {
                if (rule.has("alert")) {
                    String name = rule.path("alert").asText();
                    alerts.add(name);
                    assertThat(rule.at("/annotations/runbook_url").asText())
                            .as(name)
                            .isEqualTo("docs/RUNBOOKS.md#" + name.toLowerCase(Locale.ROOT));
                }
            }
        }
        assertThat(sections.keySet()).containsExactlyInAnyOrderElementsOf(alerts);
    }

    @Test
    void every_section_says_what_it_means_where_to_look_why_what_to_do_and_how_to_test_it() throws IOException {
        sections(Files.readString(PAGE))
                .forEach((name, text) -> assertThat(text).as(name).containsSubsequence(PARTS));
    }

    /** Queries that a page tells people to type, by Prometheus's own parser; families and recorded series exist. */
    @Test
    void prometheus_understands_the_queries_of_the_pages(@TempDir Path folder) throws IOException {
        assumeTrue(
                ToolRun.onPath("promtool"), "skipped: promtool is not on the PATH; the package prometheus brings it");
        List<String> queries = new ArrayList<>(spans(Files.readString(PAGE)));
        assertThat(queries).hasSizeGreaterThan(15).noneMatch(query -> query.contains("kubectl"));
        BLOCK.matcher(Files.readString(Path.of("docs/FRAGMENTATION.md")))
                .results()
                .flatMap(block -> Arrays.stream(block.group(1).split("\n\n")))
                .forEach(queries::add);
        assertThat(queries).hasSizeGreaterThan(20);
        assertThat(Families.unknown(queries)).isEmpty();
        String rules = Files.readString(RULES);
        StringBuilder file = new StringBuilder("groups:\n  - name: pages\n    rules:\n");
        for (String query : queries) {
            RECORDED.matcher(query)
                    .results()
                    .forEach(name -> assertThat(rules).contains("record: " + name.group() + "\n"));
            file.append("      - record: page:query")
                    .append(file.length())
                    .append("\n        expr: |\n")
                    .append(query.indent(10))
                    .append('\n');
        }
        ToolRun run = ToolRun.of(
                "promtool",
                "check",
                "rules",
                Files.writeString(folder.resolve("pages.yaml"), file).toString());
        assertThat(run.code()).as(run.all()).isZero();
    }

    /** In code marks or on lines of their own, after "In Prometheus". */
    private static List<String> spans(String page) {
        List<String> found = new ArrayList<>();
        IN_PROMETHEUS.matcher(page).results().forEach(part -> {
            Matcher quoted = Pattern.compile("`([^`]*lastcall[_:][^`]*)`|(?m)^(\\w.*lastcall[_:].*)$")
                    .matcher(part.group(1).replace("```", ""));
            while (quoted.find()) {
                found.add(quoted.group(1) == null ? quoted.group(2) : quoted.group(1));
            }
        });
        return found;
    }

    /** Two sources of truth about "scale up or defragment" would drift apart. */
    @Test
    void the_promtool_cases_of_the_drawing_have_the_numbers_of_the_manual() throws IOException {
        Map<String, String> manual = new TreeMap<>();
        for (MatchResult row : ROW.matcher(Files.readString(Path.of("docs/FRAGMENTATION.md")))
                .results()
                .toList()) {
            manual.put("lastcall_mig_profile_placeable " + row.group(1), row.group(2));
            manual.put("lastcall_mig_profile_ideal " + row.group(1), row.group(3));
        }
        int cases = 0;
        for (JsonNode test : read(TESTS).path("tests")) {
            if (test.path("name").asText().startsWith("the drawing")) {
                cases++;
                assertThat(capacities(test)).as(test.path("name").asText()).isEqualTo(manual);
            }
        }
        assertThat(manual).hasSize(12);
        assertThat(cases).isGreaterThanOrEqualTo(4);
    }

    private static Map<String, String> capacities(JsonNode test) {
        Map<String, String> capacities = new TreeMap<>();
        for (JsonNode input : test.path("input_series")) {
            String series = input.path("series").asText();
            if (series.startsWith("lastcall_mig_profile_")) {
                String profile = PROFILE.matcher(series)
                        .results()
                        .findFirst()
                        .orElseThrow()
                        .group(1);
                String value = input.path("values").asText();
                capacities.put(
                        series.substring(0, series.indexOf('{')) + " " + profile,
                        value.substring(0, value.indexOf('+')));
            }
        }
        return capacities;
    }

    private static Map<String, String> sections(String page) {
        Map<String, String> sections = new TreeMap<>();
        List<MatchResult> headings =
                Pattern.compile("(?m)^## (\\w+)$").matcher(page).results().toList();
        for (int i = 0; i < headings.size(); i++) {
            int end = i + 1 < headings.size() ? headings.get(i + 1).start() : page.length();
            sections.put(
                    headings.get(i).group(1), page.substring(headings.get(i).end(), end));
        }
        return sections;
    }

    private static JsonNode read(Path file) throws IOException {
        return Chart.parse(Files.readString(file)).getFirst();
    }
}
