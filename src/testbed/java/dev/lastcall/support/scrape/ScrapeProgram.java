package dev.lastcall.support.scrape;

import dev.lastcall.support.chart.ToolRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The program of {@code src/test/testbed/scrape}: what the Prometheus operator's own code makes of monitors and rules. */
public final class ScrapeProgram {

    /** What to print where it is not there. */
    public static final String SKIPPED =
            "skipped: the operator's generator is not built (or Go is missing); make chart-tools builds it";
    /** What to print where no Prometheus is there. */
    public static final String NO_PROMETHEUS =
            "skipped: prometheus is not on the PATH; the package prometheus brings it";

    private static final Path BUILD = Path.of("src/test/testbed/scrape/build");
    private static final Pattern VERSION = Pattern.compile("version (\\d+\\.\\d+\\.\\d+)");

    private ScrapeProgram() {}

    public static boolean isThere() {
        return Files.isExecutable(path());
    }

    /**
     * The operator's selection, validation and generator over the monitors of one namespace; its admission over rules.
     *
     * @param folder where the objects are written for it
     * @return what it says; the configuration, if it refuses nothing
     */
    public static ToolRun judge(String objects, String prometheus, Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("objects.yaml"), objects);
        return ToolRun.of(path().toString(), "-objects", file.toString(), "-prometheus", prometheus);
    }

    /** The version of the Prometheus that is installed here, so that the operator writes what it understands. */
    public static String installedPrometheus() {
        String said = ToolRun.of("prometheus", "--version").all();
        Matcher version = VERSION.matcher(said);
        if (!version.find()) {
            throw new IllegalStateException("prometheus --version says " + said);
        }
        return "v" + version.group(1);
    }

    private static Path path() {
        return Path.of(ToolRun.of(BUILD.toString(), "--dir").out().strip()).resolve("scrape");
    }
}
