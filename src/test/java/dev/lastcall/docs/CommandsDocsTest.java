package dev.lastcall.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Commands that a person copies: the agent's chart is installed into one namespace, and looked for there. */
class CommandsDocsTest {

    private static final Pattern NAMESPACE = Pattern.compile("(?:-n|--namespace)[ =]([A-Za-z$\"][\\w.$\"-]*)");

    @Test
    void every_command_about_the_agents_release_names_the_same_namespace() throws IOException {
        List<String> found = new ArrayList<>();
        List<String> others = new ArrayList<>();
        try (Stream<Path> docs = Files.list(Path.of("docs"))) {
            for (Path page : Stream.concat(
                            Stream.of(Path.of("README.md"), Path.of("daemonset/README.md"), Path.of("SECURITY.md")),
                            docs.filter(file -> file.toString().endsWith(".md")))
                    .toList()) {
                for (String line :
                        Files.readString(page).replace("\\\n", " ").lines().toList()) {
                    if (line.matches(".*(helm (un)?install lastcall( |$)|daemonset/lastcall).*")) {
                        Matcher named = NAMESPACE.matcher(line);
                        assertThat(named.find()).as("%s: %s", page, line).isTrue();
                        found.add(page + ": " + named.group(1));
                        if (!named.group(1).equals("lastcall")) {
                            others.add(page + ": " + line);
                        }
                    }
                }
            }
        }
        assertThat(found).hasSizeGreaterThan(3);
        assertThat(others).isEmpty();
    }
}
