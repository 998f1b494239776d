package dev.lastcall.support.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The line that a run ends with: src/test/count. */
class CountTest {
    private static final String SUITE = """
            <testsuite name="A" time="1.0" tests="3" errors="0" skipped="1" failures="%d" flakes="1">
              <testcase name="is_well" classname="a.A" time="0.1"/>
              <testcase name="is_left_out" classname="a.A"><skipped/></testcase>
              <testcase name="is_moody" classname="a.A" time="0.1">
                %s
              </testcase>
            </testsuite>
            """;

    @TempDir
    Path folder;

    @Test
    void a_test_that_needed_a_second_attempt_is_counted_as_passed_and_named() throws Exception {
        Said said = count(SUITE.formatted(0, "<flakyError message=\"timeout\" type=\"T\"></flakyError>"));

        assertThat(said.code()).isZero();
        assertThat(said.text())
                .contains("passed only at the second attempt")
                .contains("a.A.is_moody")
                .endsWith("2 passed, 0 failed, 1 skipped\n");
    }

    @Test
    void a_test_that_failed_makes_the_run_fail_and_what_its_agents_said_stands_before_the_count() throws Exception {
        Path failed = Files.createDirectories(folder.resolve("target/failed-tests"));
        Files.writeString(failed.resolve("a.A.is_moody.txt"), "timeout\n-- agent 7, ENDED BY ITSELF with 139:\n");

        Said said = count(SUITE.formatted(1, "<failure message=\"no\" type=\"F\"></failure>"));

        assertThat(said.code()).isEqualTo(1);
        assertThat(said.text())
                .contains("a.A.is_moody failed; what the agents said last:")
                .contains("ENDED BY ITSELF with 139")
                .endsWith("1 passed, 1 failed, 1 skipped\n");
    }

    @Test
    void no_report_at_all_is_a_failure() throws Exception {
        assertThat(count("").code()).isEqualTo(1);
    }

    private record Said(int code, String text) {}

    private Said count(String report) throws IOException, InterruptedException {
        Path reports = Files.createDirectories(folder.resolve("reports"));
        if (!report.isEmpty()) {
            Files.writeString(reports.resolve("TEST-a.A.xml"), report);
        }
        Process process = new ProcessBuilder(
                        Path.of("src/test/count").toAbsolutePath().toString(), "reports")
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Said(process.waitFor(), text);
    }
}
