package dev.lastcall.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No machine here runs the workflows, so at least what they call is there. */
class WorkflowsTest {

    private static final Path WORKFLOWS = Path.of(".github/workflows");
    private static final Pattern MAKE = Pattern.compile("\\bmake ([a-z][a-z-]*)");
    private static final Pattern PROGRAM = Pattern.compile("(?<![\\w/])((?:src|native|\\.ci)/[\\w./-]+)");
    private static final Pattern STEP = Pattern.compile("chart/release ([a-z]+)");

    @Test
    void each_program_and_each_target_of_make_that_a_workflow_names_is_there() throws IOException {
        String makefile = Files.readString(Path.of("Makefile"));
        int programs = 0;
        int targets = 0;
        for (String run : runs()) {
            for (String program : all(PROGRAM, run)) {
                assertThat(Path.of(program)).as(run).isExecutable();
                programs++;
            }
            for (String target : all(MAKE, run)) {
                assertThat(makefile).as(run).containsPattern("(?m)^" + target + ":");
                targets++;
            }
        }
        assertThat(programs).isGreaterThanOrEqualTo(5);
        assertThat(targets).isGreaterThanOrEqualTo(1);
    }

    @Test
    void a_release_passes_the_gate_then_builds_images_and_pushes_them_with_the_chart() throws IOException {
        String release = Files.readString(WORKFLOWS.resolve("release.yml"));
        assertThat(release)
                .containsSubsequence("release check", ".ci/run", "make image", "release files", "release push");
        String script = Files.readString(Path.of("src/test/testbed/chart/release"));
        assertThat(all(STEP, release))
                .containsExactly("check", "files", "push")
                .allSatisfy(step -> assertThat(script).contains("\n  " + step + ")"));
        assertThat(script)
                .contains("for archive in target/image/*.tar.gz", "docker push \"$REGISTRY/$program:$tag\"")
                .contains("for chart in daemonset serving", "\"$helm\" push");
        assertThat(Files.readString(Path.of(".ci/run"))).contains("make audit");
    }

    /** The archives that are pushed are those that `make image` leaves, by the names that docs/IMAGES.md gives them. */
    @Test
    void the_documented_archives_are_those_that_the_build_writes() throws IOException {
        String page = Files.readString(Path.of("docs/IMAGES.md"));
        String build = Files.readString(Path.of("native/image/build"));
        for (String archive : List.of("lastcall-agent.tar.gz", "lastcall-agent-jvm.tar.gz")) {
            assertThat(page).contains(archive, archive.replace("agent", "worker"));
            assertThat(build).contains("target/image/" + archive);
        }
        assertThat(page)
                .contains("kind load image-archive", "minikube image load", "k3s ctr images import", "docker push");
    }

    private static List<String> runs() throws IOException {
        try (Stream<Path> files = Files.list(WORKFLOWS)) {
            return files.sorted()
                    .flatMap(WorkflowsTest::lines)
                    .filter(line -> line.contains("run: "))
                    .toList();
        }
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static List<String> all(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.results().map((MatchResult found) -> found.group(1)).toList();
    }
}
