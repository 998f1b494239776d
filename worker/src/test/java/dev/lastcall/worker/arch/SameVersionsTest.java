package dev.lastcall.worker.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Two programs, one release: the worker's project has no parent, so this holds its versions to the agent's. */
class SameVersionsTest {

    private static final Pattern PROPERTY =
            Pattern.compile("<([a-z.-]+(?:\\.version|release|Timestamp))>([^<]+)</\\1>");
    private static final Pattern PLUGIN =
            Pattern.compile("<artifactId>(maven-[a-z]+-plugin)</artifactId>\\s*<version>([0-9.]+)</version>");

    @Test
    void what_both_projects_pin_they_pin_alike() throws IOException {
        String worker = Files.readString(Path.of("pom.xml"));
        String agent = Files.readString(Path.of("../pom.xml"));
        Map<String, String> ours = pins(worker);
        Map<String, String> theirs = pins(agent);
        assertThat(ours).containsKeys("quarkus.version", "error-prone.version", "maven.compiler.release");
        ours.forEach((name, version) -> assertThat(theirs).as(name).containsEntry(name, version));
    }

    @Test
    void both_programs_have_one_version() throws IOException {
        Pattern version = Pattern.compile("</artifactId>\\s*<version>([^<]+)</version>\\s*<name>");
        assertThat(first(version, "pom.xml")).isEqualTo(first(version, "../pom.xml"));
    }

    private static String first(Pattern pattern, String file) throws IOException {
        Matcher matcher = pattern.matcher(Files.readString(Path.of(file)));
        assertThat(matcher.find()).as(file).isTrue();
        return matcher.group(1);
    }

    private static Map<String, String> pins(String pom) {
        Map<String, String> pins = new TreeMap<>();
        for (Pattern pattern : new Pattern[] {PROPERTY, PLUGIN}) {
            Matcher matcher = pattern.matcher(pom);
            while (matcher.find()) {
                pins.put(matcher.group(1), matcher.group(2));
            }
        }
        return pins;
    }
}
