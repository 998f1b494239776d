package dev.lastcall.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.lint.LintRun;
import dev.lastcall.serving.findings.Rules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The page about the lint can't lie: its manifests are given to the lint, which has to say what the page says. */
class LintDocsTest {
    private static final Path PAGE = Path.of("docs/LINT.md");
    private static final Pattern EXAMPLE = Pattern.compile("<!-- lint: ([^>]+) -->\n```yaml\n(.*?)```", Pattern.DOTALL);
    private static final Pattern OBJECT = Pattern.compile("(?m)^kind: (\\w+)$");
    /** The heading of the manifest that all other examples differ from. */
    private static final String BASE = "## A workload without findings";

    record Example(String findings, String manifest) {
        @Override
        public String toString() {
            return findings + ": " + manifest.lines().count() + " lines";
        }
    }

    @ParameterizedTest
    @MethodSource("examples")
    void lint_says_of_each_example_what_the_page_says(Example example) throws IOException {
        Map<String, String> objects = objects(base());
        objects.putAll(objects(example.manifest()));
        List<String> found = LintRun.findings(String.join("---\n", objects.values())).stream()
                .map(finding -> finding.replaceFirst("^[^:]*:", ""))
                .toList();
        List<String> wanted = example.findings().equals("nothing")
                ? List.of()
                : List.of(example.findings().split(" "));
        assertThat(found).isEqualTo(wanted);
    }

    @org.junit.jupiter.api.Test
    void every_finding_has_a_section_of_its_own_with_an_example_that_causes_it() throws IOException {
        String page = Files.readString(PAGE);
        List<String> sections = Pattern.compile("(?m)^### (\\w+)$")
                .matcher(page)
                .results()
                .map(heading -> heading.group(1))
                .toList();
        assertThat(sections).isEqualTo(Rules.names());
        TreeSet<String> shown = new TreeSet<>();
        examples()
                .forEach(example -> Stream.of(example.findings().split(" "))
                        .forEach(finding -> shown.add(finding.replaceFirst("@.*", ""))));
        shown.remove("nothing");
        shown.add("request_longer_than_notice");
        assertThat(shown).isEqualTo(new TreeSet<>(Rules.names()));
    }

    /** As a step of a workflow and as a hook: what stands there runs, and ends as the page says. */
    @org.junit.jupiter.api.Test
    void the_examples_for_ci_run_as_they_stand(@TempDir Path folder) throws IOException {
        String section = Files.readString(PAGE).split("(?m)^## In CI$", 2)[1].split("(?m)^## ", 2)[0];
        String workload = Files.readString(Path.of("src/test/resources/lint/llm-d.yaml"));
        Files.writeString(folder.resolve("rendered.yaml"), workload);
        Files.writeString(Files.createDirectory(folder.resolve("manifests")).resolve("one.yaml"), workload);

        String step = only(section, "- run: lastcall-agent lint (.*) > lint.sarif");
        LintRun scanned = LintRun.of("", at(folder, step));
        assertThat(scanned.code()).as(scanned.err()).isEqualTo(1);
        assertThat(scanned.json().at("/runs/0/results")).isNotEmpty();

        assertThat(only(section, "entry: (.*)")).isEqualTo("lastcall-agent lint");
        assertThat(only(section, "pass_filenames: (.*)")).isEqualTo("false");
        LintRun hook = LintRun.of("", at(folder, only(section, "args: \\[(.*)\\]")));
        assertThat(hook.code()).as(hook.err()).isEqualTo(1);
        assertThat(hook.out()).contains("no_rotation");
        assertThat("manifests/one.yaml").matches(only(section, "files: (.*)"));
    }

    private static String only(String section, String line) {
        Matcher found = Pattern.compile("(?m)^\\s*" + line + "$").matcher(section);
        assertThat(found.find()).as(line).isTrue();
        return found.group(1);
    }

    /** The words of a command line, with files and folders of this page in place of its own. */
    private static String[] at(Path folder, String words) {
        return Stream.of(words.split(" "))
                .map(word -> Files.exists(folder.resolve(word))
                        ? folder.resolve(word).toString()
                        : word)
                .toArray(String[]::new);
    }

    /** Reduced to the facts that lint reads; none of the findings is one that its maintainers would laugh at. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "production-stack.yaml | engine_aborts no_rotation single_replica@30s single_replica@120s",
                "kserve-llm.yaml | grace_too_short no_rotation",
                "llm-d.yaml | no_rotation"
            })
    void public_charts_have_the_findings_of_the_table(String file, String wanted) throws IOException {
        String text = Files.readString(Path.of("src/test/resources/lint", file));
        LintRun run = LintRun.of(text, "-o", "json");
        List<String> found = new ArrayList<>();
        for (JsonNode each : run.json()) {
            found.add(each.path("finding").asText()
                    + (each.path("window").isNull()
                            ? ""
                            : "@" + each.path("window").asText()));
        }
        assertThat(found).containsExactly(wanted.split(" "));
        assertThat(Files.readString(PAGE)).contains("`" + file + "`");
    }

    static List<Example> examples() throws IOException {
        Matcher matcher = EXAMPLE.matcher(Files.readString(PAGE));
        List<Example> found = new ArrayList<>();
        while (matcher.find()) {
            found.add(new Example(matcher.group(1), matcher.group(2)));
        }
        assertThat(found).hasSizeGreaterThan(15);
        return found;
    }

    private static String base() throws IOException {
        String page = Files.readString(PAGE);
        Matcher matcher = EXAMPLE.matcher(page.substring(page.indexOf(BASE)));
        assertThat(matcher.find()).isTrue();
        return matcher.group(2);
    }

    /** Kind to object: the page has one of each. */
    private static Map<String, String> objects(String manifest) {
        Map<String, String> objects = new LinkedHashMap<>();
        for (String object : manifest.split("---\n")) {
            Matcher kind = OBJECT.matcher(object);
            assertThat(kind.find()).isTrue();
            objects.put(kind.group(1), object);
        }
        return objects;
    }
}
