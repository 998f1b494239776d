package dev.lastcall.serving.findings;

import java.time.Duration;
import java.util.Locale;

/** Lengths of time for people: {@code 65 s}, {@code 12.5 s}. */
final class Spans {

    private Spans() {}

    static String seconds(Duration span) {
        return span.toMillis() % 1000 == 0
                ? span.toSeconds() + " s"
                : String.format(Locale.ROOT, "%.1f s", span.toMillis() / 1000.0);
    }

    /** The same, rounded up to whole seconds and without the unit, as a manifest wants it. */
    static long whole(Duration span) {
        return Math.ceilDiv(span.toMillis(), 1000L);
    }
}
