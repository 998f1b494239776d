package dev.lastcall.notice;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** When an announced interruption takes the node, as far as the source says. */
public sealed interface Due {

    /** At a time the source names, on the source's clock. */
    record At(Instant time) implements Due {}

    /** Within this time of the first sight: the source names no time (GCP preemption, a node mark with a window). */
    record Within(Duration window) implements Due {}

    /** At no known time. */
    record Unknown() implements Due {}

    /**
     * The deadline on this node's clock.
     *
     * @param seen when the agent sees it (UTC)
     * @param clockSkew the source's clock minus ours
     */
    default @Nullable Instant deadline(Instant seen, Duration clockSkew) {
        return switch (this) {
            case At at -> plus(at.time(), clockSkew.negated());
            case Within within -> plus(seen, within.window());
            case Unknown() -> null;
        };
    }

    private static Instant plus(Instant time, Duration by) {
        try {
            return time.plus(by);
        } catch (java.time.DateTimeException | ArithmeticException beyondTime) {
            return time;
        }
    }
}
