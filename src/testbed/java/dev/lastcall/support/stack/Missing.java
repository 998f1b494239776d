package dev.lastcall.support.stack;

import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.ToolRun;
import dev.lastcall.support.keda.KedaPlane;
import java.util.Optional;
import java.util.stream.Stream;

/** What of the stack's programs is not here, in words that say how to get it. */
final class Missing {

    private Missing() {}

    static Optional<String> first() {
        return Stream.of(
                        when(!Chart.helmIsThere(), Chart.SKIPPED),
                        when(!KedaPlane.programsAreThere(), KedaPlane.SKIPPED),
                        when(!ToolRun.onPath("prometheus"), onPath("prometheus")),
                        when(!ToolRun.onPath("openssl"), onPath("openssl")))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<String> when(boolean missing, String words) {
        return missing ? Optional.of(words) : Optional.empty();
    }

    private static String onPath(String program) {
        return "skipped: " + program + " is not on the PATH; the package " + program + " brings it";
    }
}
