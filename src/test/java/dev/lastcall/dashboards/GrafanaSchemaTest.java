package dev.lastcall.dashboards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lastcall.grafana.Dashboards;
import dev.lastcall.support.chart.NpmPackages;
import dev.lastcall.support.chart.ToolRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dashboards against the types that Grafana publishes for them, by the TypeScript compiler. No Grafana runs. */
class GrafanaSchemaTest {

    private static final Path SCHEMA = Path.of("src/test/testbed/npm/grafana");
    private static Path tools;

    @TempDir
    Path folder;

    @BeforeAll
    static void schema() {
        tools = NpmPackages.directory();
        assumeTrue(
                NpmPackages.areThere() && ToolRun.onPath("node"),
                "skipped: Grafana's schema is not there (or node and npm are missing); make chart-tools brings it");
    }

    @Test
    void the_dashboards_are_what_grafana_calls_a_dashboard() throws IOException {
        assertThat(complaints(shipped())).isEmpty();
    }

    /** One mistake in each dashboard: the compiler names them all. */
    @Test
    void a_wrong_type_an_unknown_key_an_unknown_value_and_a_missing_member_are_found() throws IOException {
        Map<String, String> wrong = shipped();
        spoil(wrong, "fleet", "\"noValue\"", "\"noValeu\"");
        spoil(wrong, "node", "\"refId\" : \"A\"", "\"refId\" : 1");
        spoil(wrong, "interruptions", "\"absolute\"", "\"absolut\"");
        spoil(wrong, "serving", "\"keepTime\" : true,", "");
        assertThat(String.join("\n", complaints(wrong)))
                .contains("'\"noValeu\"' does not exist")
                .contains("'number' is not assignable to type 'string'")
                .contains("'\"absolut\"' is not assignable")
                .contains("'keepTime' is missing");
    }

    private static void spoil(Map<String, String> dashboards, String name, String part, String wrong) {
        String json = dashboards.getOrDefault(name, "");
        assertThat(json).contains(part);
        dashboards.put(name, json.replaceFirst(Pattern.quote(part), Matcher.quoteReplacement(wrong)));
    }

    private static Map<String, String> shipped() throws IOException {
        Map<String, String> texts = new LinkedHashMap<>();
        for (String name : Dashboards.NAMES) {
            texts.put(name, Files.readString(Dashboards.file(name)));
        }
        return texts;
    }

    private List<String> complaints(Map<String, String> dashboards) throws IOException {
        String literals = dashboards.entrySet().stream()
                .map(each -> "export const " + each.getKey() + ": Shipped = " + each.getValue() + ";\n")
                .collect(Collectors.joining());
        Files.writeString(
                folder.resolve("shipped.mts"), Files.readString(SCHEMA.resolve("dashboards.mts")) + "\n" + literals);
        Files.copy(
                SCHEMA.resolve("tsconfig.json"), folder.resolve("tsconfig.json"), StandardCopyOption.REPLACE_EXISTING);
        Path modules = folder.resolve("node_modules");
        Files.createSymbolicLink(modules, tools.resolve("node_modules"));
        ToolRun run = ToolRun.of(
                "node", tools.resolve("node_modules/typescript/bin/tsc").toString(), "-p", folder.toString());
        Files.delete(modules);
        if (run.code() == 0) {
            assertThat(run.all()).isBlank();
            return List.of();
        }
        return run.out().lines().toList();
    }
}
