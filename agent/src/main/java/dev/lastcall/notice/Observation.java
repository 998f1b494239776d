package dev.lastcall.notice;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one reading of one source gave. */
public sealed interface Observation {

    /** The source answered: no interruption. */
    record Nothing() implements Observation {}

    /**
     * The source answered: these interruptions, at least one.
     *
     * @param clockSkew the source's clock minus ours, zero where it is unknown or too small to tell
     * @param answeredNanos {@link System#nanoTime()} at the arrival of the answer's last byte
     */
    record Seen(List<Sighting> sightings, Duration clockSkew, long answeredNanos) implements Observation {
        public Seen {
            sightings = List.copyOf(sightings);
        }
    }

    /**
     * The source could not be read, or said what cannot be understood: nothing is known, nothing is taken back.
     *
     * @param code HTTP status, or one of {@code timeout refused malformed too-large redirect io}
     * @param detail one line for the log, without secrets
     * @param retryAfter what the source asked for by {@code Retry-After}
     */
    record Failed(String code, String detail, @Nullable Duration retryAfter) implements Observation {
        public Failed(String code, String detail) {
            this(code, detail, null);
        }
    }
}
