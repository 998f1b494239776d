package dev.lastcall.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/COMMON-YAML.md promises lines and tests; both are there. */
class CommonYamlTest {

    private record Row(String number, String instead, String shownBy) {}

    private static final List<Path> SOURCES = List.of(
            Path.of("src/test/java/dev/lastcall/stack"), Path.of("worker/src/test/java/dev/lastcall/worker/it"));
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");

    @Test
    void every_line_that_is_recommended_is_one_of_the_chart() throws IOException {
        String chart = chart();
        for (Row row : rows()) {
            List<String> lines = codes(row.instead());
            assertThat(lines).as("row " + row.number()).isNotEmpty();
            assertThat(lines)
                    .filteredOn(line -> !line.equals("replicas"))
                    .allSatisfy(line -> assertThat(chart.contains(line))
                            .as("row " + row.number() + ": " + line)
                            .isTrue());
        }
    }

    @Test
    void every_test_that_is_named_exists() throws IOException {
        for (Row row : rows()) {
            if (row.shownBy().startsWith("not shown: ")) {
                continue;
            }
            for (String named : codes(row.shownBy())) {
                String[] parts = named.split("#");
                assertThat(parts).as("row " + row.number()).hasSize(2);
                assertThat(SOURCES)
                        .as("row " + row.number() + ": " + parts[0])
                        .anyMatch(folder -> Files.exists(folder.resolve(parts[0] + ".java")));
                for (Path folder : SOURCES) {
                    Path source = folder.resolve(parts[0] + ".java");
                    if (Files.exists(source)) {
                        assertThat(Files.readString(source)).contains("void " + parts[1] + "(");
                    }
                }
            }
        }
    }

    @Test
    void the_rows_are_numbered_through() throws IOException {
        List<Row> rows = rows();
        assertThat(rows).hasSizeGreaterThan(48);
        for (int i = 0; i < rows.size(); i++) {
            assertThat(rows.get(i).number()).isEqualTo(Integer.toString(i + 1));
        }
    }

    private static List<Row> rows() throws IOException {
        return Files.readAllLines(Path.of("docs/COMMON-YAML.md")).stream()
                .filter(line -> line.matches("\\| \\d+ \\|.*"))
                .map(line -> line.split("\\|"))
                .map(cells -> {
                    assertThat(cells).as(String.join("|", cells)).hasSize(6);
                    return new Row(cells[1].strip(), cells[4].strip(), cells[5].strip());
                })
                .toList();
    }

    private static List<String> codes(String cell) {
        return CODE.matcher(cell).results().map(found -> found.group(1)).toList();
    }

    /** Golden renders, templates and infrastructure in one text; quotes of strings in strings are plain ones there. */
    private static String chart() throws IOException {
        StringBuilder text = new StringBuilder();
        for (String root : List.of("src/test/resources/serving", "serving/templates", "serving/infrastructure")) {
            try (Stream<Path> files = Files.walk(Path.of(root))) {
                for (Path file : files.filter(Files::isRegularFile).collect(Collectors.toList())) {
                    text.append(Files.readString(file));
                }
            }
        }
        return text.toString().replace("\\\"", "\"");
    }
}
