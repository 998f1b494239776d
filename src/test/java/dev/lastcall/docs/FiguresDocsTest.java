package dev.lastcall.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A figure that a page quotes is the one that docs/BENCHMARKS.md has now. */
class FiguresDocsTest {

    private static final int START = 1;
    private static final int TEN_MINUTES_LATER = 6;
    private static final int PEAK = 7;
    private static final int OF_A_CORE = 1;

    @Test
    void the_figures_of_the_front_page_are_those_of_the_benchmarks() throws IOException {
        List<String> memory = row(0, "Lastcall, native");
        assertThat(text("README.md"))
                .contains("ready in " + memory.get(START) + ", " + rounded(memory.get(TEN_MINUTES_LATER))
                        + " MiB on a full node");
    }

    @Test
    void the_figures_beside_the_charts_requests_are_those_of_the_benchmarks() throws IOException {
        String core = row(1, "Lastcall, native").get(OF_A_CORE);
        double percent = Double.parseDouble(core.replace(" %", ""));
        String quoted = "takes " + Math.round(percent * 10) / 10.0 + " % of a core and held "
                + rounded(row(0, "Lastcall, native").get(PEAK)) + " MiB at its peak";
        assertThat(text("daemonset/values.yaml")).contains(quoted);
        assertThat(text("daemonset/README.md")).contains(quoted);
        assertThat(text("daemonset/examples/jvm-image.yaml"))
                .contains("Measured: " + rounded(row(0, "Lastcall, JVM").get(PEAK)) + " MiB at most");
    }

    /** Cells of the n-th table row that begins with this program. */
    private static List<String> row(int occurrence, String program) throws IOException {
        return text("docs/BENCHMARKS.md")
                .lines()
                .filter(line -> line.startsWith("| " + program + " |"))
                .skip(occurrence)
                .findFirst()
                .map(line -> Arrays.stream(line.substring(1).split("\\|"))
                        .map(String::strip)
                        .toList())
                .orElseThrow(() -> new AssertionError("no row " + occurrence + " of " + program + " in BENCHMARKS.md"));
    }

    private static long rounded(String mebibytes) {
        return Math.round(Double.parseDouble(mebibytes.replace(" MiB", "")));
    }

    private static String text(String file) throws IOException {
        return Files.readString(Path.of(file));
    }
}
