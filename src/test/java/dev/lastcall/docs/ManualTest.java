package dev.lastcall.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The index finds every page, and the page about errors has the texts that the agent writes. */
class ManualTest {
    private static final Path DOCS = Path.of("docs");

    @Test
    void the_index_lists_every_page_and_readme_links_it() throws IOException {
        String index = Files.readString(DOCS.resolve("README.md"));
        try (Stream<Path> pages = Files.list(DOCS)) {
            List<String> names = pages.map(page -> page.getFileName().toString())
                    .filter(name -> name.endsWith(".md") && !name.equals("README.md"))
                    .toList();
            assertThat(names)
                    .hasSizeGreaterThan(20)
                    .allSatisfy(name -> assertThat(index).contains("](" + name + ")"));
        }
        assertThat(Files.readString(Path.of("README.md"))).contains("](docs/README.md)");
    }

    @Test
    void each_heading_of_troubleshooting_is_a_text_of_the_agent_with_cause_and_command() throws IOException {
        String texts = sources().replaceAll("\"\\s*\\+\\s*\"", "");
        List<String> sections =
                List.of(Files.readString(DOCS.resolve("TROUBLESHOOTING.md")).split("(?m)^## "));
        for (String section : sections.subList(1, sections.size())) {
            String heading = section.lines().findFirst().orElseThrow();
            assertThat(texts).as("the agent writes it").contains(heading);
            assertThat(section).as(heading).contains("**Cause.**").contains("```\n");
        }
        assertThat(sections).hasSizeGreaterThan(12);
    }

    @Test
    void the_glossary_is_in_order() throws IOException {
        List<String> words = Pattern.compile("(?m)^\\| ([^|]+) \\|")
                .matcher(Files.readString(DOCS.resolve("GLOSSARY.md")))
                .results()
                .map(row -> row.group(1))
                .filter(word -> !word.equals("word"))
                .toList();
        assertThat(words).isSortedAccordingTo(String.CASE_INSENSITIVE_ORDER).hasSizeGreaterThan(30);
    }

    private static String sources() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("agent/src/main/java"))) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .map(ManualTest::read)
                    .collect(Collectors.joining());
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
