package dev.lastcall.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.ServingChart;
import dev.lastcall.support.chart.ToolRun;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the serving chart says after an install: no promise that its own numbers break. */
class ServingNotesTest {

    @BeforeAll
    static void helm() {
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
    }

    @ParameterizedTest(name = "cold start {0} s, engine {1} s -> {2}")
    @CsvSource(
            delimiter = '|',
            value = {"240 | 45 | 30 s, 120 s", "60 | 45 | 30 s", "20 | 5 | nothing", "900 | 45 | 30 s, 120 s, 300 s"})
    void notices_that_are_over_before_the_only_replica_has_a_successor_are_named(int cold, int drain, String notices) {
        String notes = notes("coldStartSeconds=" + cold, "engine.shutdownTimeoutSeconds=" + drain);
        if (notices.equals("nothing")) {
            assertThat(notes).doesNotContain("Too short for that");
        } else {
            assertThat(notes)
                    .contains("Too short for that: a notice of " + notices + ". There Lastcall deletes the pod")
                    .contains("nobody answers until the replacement is Ready");
        }
    }

    @Test
    void the_only_replica_is_promised_no_more_than_what_its_replacement_allows() {
        assertThat(notes())
                .contains("it stays in rotation until its replacement is Ready, but no longer than a request that it"
                        + " takes")
                .contains("This needs a node with a free nvidia.com/gpu, and 240 s.");
    }

    private static String notes(String... settings) {
        String values = String.join(",", settings);
        ToolRun run = Chart.helm(
                "install",
                ServingChart.RELEASE,
                ServingChart.DIRECTORY.toString(),
                "--namespace",
                ServingChart.NAMESPACE,
                "--dry-run=client",
                "--set",
                ServingChart.LEAST + (values.isEmpty() ? "" : "," + values));
        assertThat(run.code()).as(run.err()).isZero();
        return run.out().substring(run.out().indexOf("NOTES:"));
    }
}
