package dev.lastcall.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.config.ConfigKey;
import dev.lastcall.config.ConfigKeys;
import dev.lastcall.metrics.MetricNames;
import dev.lastcall.metrics.MetricSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the manual lists is what the program has. {@code -Dgolden.update=true} rewrites the two generated tables. */
class ReferenceDocsTest {

    private static final Pattern TABLE = Pattern.compile("(?s)(<!-- generated -->\n).*?(<!-- end -->)");
    private static final Pattern EVENT_ROW = Pattern.compile("(?m)^\\| `([A-Za-z]+)` \\| (yes|not yet) \\|");

    private static final Predicate<String> RECORDS_EVENTS = text -> text.contains("onNode(") || text.contains("onPod(");

    @Test
    void the_configuration_manual_lists_every_key_with_its_default_and_range() throws IOException {
        String rows = ConfigKeys.all().stream()
                .map(ReferenceDocsTest::row)
                .collect(Collectors.joining("", "| key | default | allowed | meaning |\n|---|---|---|---|\n", ""));
        assertTable(Path.of("docs/CONFIGURATION.md"), rows);
    }

    @Test
    void the_metrics_manual_lists_every_family_of_the_catalogue() throws IOException {
        String rows = MetricNames.all().stream()
                .sorted(Comparator.comparing(MetricSpec::name))
                .map(ReferenceDocsTest::row)
                .collect(Collectors.joining(
                        "", "| family | type | labels | meaning | absent |\n|---|---|---|---|---|\n", ""));
        assertTable(Path.of("docs/METRICS.md"), rows);
    }

    @Test
    void no_family_stands_twice_in_the_catalogue() {
        assertThat(MetricNames.all().stream().map(MetricSpec::name)).doesNotHaveDuplicates();
    }

    @Test
    void an_event_is_listed_as_emitted_exactly_when_the_program_has_it() throws IOException {
        String sources = mainSources();
        Matcher rows = EVENT_ROW.matcher(Files.readString(Path.of("docs/EVENTS.md")));
        int count = 0;
        while (rows.find()) {
            count++;
            assertThat(sources.contains('"' + rows.group(1) + '"'))
                    .as(rows.group(1))
                    .isEqualTo(rows.group(2).equals("yes"));
        }
        assertThat(count).isEqualTo(17);
    }

    /** Whoever records Events names their reasons in the same file, in words of at least two parts. */
    @Test
    void no_event_is_recorded_that_the_manual_does_not_list() throws IOException {
        Set<String> recorded = new TreeSet<>();
        Matcher names = Pattern.compile("\"((?:[A-Z][a-z]+){2,})\"").matcher(sources(RECORDS_EVENTS));
        while (names.find()) {
            recorded.add(names.group(1));
        }
        Set<String> listed = new TreeSet<>();
        Matcher rows = EVENT_ROW.matcher(Files.readString(Path.of("docs/EVENTS.md")));
        while (rows.find()) {
            if (rows.group(2).equals("yes")) {
                listed.add(rows.group(1));
            }
        }
        assertThat(recorded).isEqualTo(listed);
    }

    private static void assertTable(Path file, String rows) throws IOException {
        String text = Files.readString(file);
        Matcher table = TABLE.matcher(text);
        assertThat(table.find()).as(file + " has its markers").isTrue();
        String wanted = table.replaceFirst("$1" + Matcher.quoteReplacement(rows) + "$2");
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(file, wanted);
            return;
        }
        assertThat(text).as(file + " (rewrite it with -Dgolden.update=true)").isEqualTo(wanted);
    }

    private static String row(ConfigKey key) {
        return line(
                "`" + key.name() + "`",
                key.defaultValue().isEmpty() ? "none" : "`" + key.defaultValue() + "`",
                key.allowed(),
                key.meaning());
    }

    private static String row(MetricSpec spec) {
        String labels = spec.labels().stream().map(label -> "`" + label + "`").collect(Collectors.joining(", "));
        return line("`" + spec.name() + "`", spec.type().word(), labels, spec.help(), spec.absentWhen());
    }

    private static String line(String... cells) {
        return Stream.of(cells).map(cell -> cell.replace("|", "\\|")).collect(Collectors.joining(" | ", "| ", " |\n"));
    }

    private static String mainSources() throws IOException {
        return sources(text -> true);
    }

    private static String sources(Predicate<String> wanted) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("agent/src/main/java"))) {
            List<Path> java =
                    files.filter(file -> file.toString().endsWith(".java")).toList();
            return java.stream().map(ReferenceDocsTest::read).filter(wanted).collect(Collectors.joining("\n"));
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
