package dev.lastcall.support.scrape;

import dev.lastcall.support.chart.ToolRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The program of {@code src/test/testbed/scrape}: what a Prometheus operator makes of monitors, and whom that would scrape. */
public final class ScrapeProgram {

    /** What to print where it is not there. */
    public static final String SKIPPED =
            "skipped: the operator's configuration can't be made (Go is missing, or it is not built); make chart-tools builds it";
    /** What to print where no Prometheus is there. */
    public static final String NO_PROMETHEUS =
            "skipped: prometheus is not on the PATH; the package prometheus brings it";

    private static final Path BUILD = Path.of("src/test/testbed/scrape/build");
    private static final Pattern VERSION = Pattern.compile("version (\\d+\\.\\d+\\.\\d+)");

    private ScrapeProgram() {}

    public static boolean isThere() {
        return Files.isExecutable(path());
    }

    static Path path() {
        return Path.of(ToolRun.of(BUILD.toString(), "--dir").out().strip()).resolve("scrape");
    }

    /**
     * The operator's word about monitors and rules: its selection, its validation, its admission of rules.
     *
     * @param folder where {@code operator.yml}, the configuration, is written
     */
    public static ToolRun judge(String objects, Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("objects.yaml"), objects);
        return ToolRun.of(
                List.of(
                        path().toString(),
                        "-objects",
                        file.toString(),
                        "-prometheus",
                        "v2.42.0",
                        "-out",
                        folder.toString()),
                Map.of());
    }

    /** The version of the Prometheus that is installed here, so that the operator writes what it understands. */
    static String installedPrometheus() {
        String said = ToolRun.of("prometheus", "--version").all();
        Matcher version = VERSION.matcher(said);
        if (!version.find()) {
            throw new IllegalStateException("prometheus --version says " + said);
        }
        return "v" + version.group(1);
    }
}
