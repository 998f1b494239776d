package dev.lastcall.support.chart;

import java.nio.file.Files;
import java.nio.file.Path;

/** What {@code src/test/testbed/npm/build} brings, if somebody ran it. */
public final class NpmPackages {

    private NpmPackages() {}

    /** Where {@code node_modules} lies, whether or not it is there. */
    public static Path directory() {
        return Path.of(ToolRun.of("src/test/testbed/npm/build", "--dir").out().strip());
    }

    public static boolean areThere() {
        return Files.isRegularFile(directory().resolve("ready"));
    }
}
