package dev.lastcall.notice;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** When an announced interruption takes the node, as far as the source says. */
public sealed interface Due {

    /** At a time the source names, on the source's clock. */
    record At(Instant time) implements Due {}

    /**
     * Not before a time the source names: until then that is the deadline. Once it has passed the interruption may come
     * at any moment, which is not the same as being over: a deadline in the past would end every request at once for
     * work that may be hours away.
     *
     * @param onceOpen what is left of the first sight where that is after the time; null if nobody can say
     */
    record NotBefore(Instant time, @Nullable Duration onceOpen) implements Due {}

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
            case NotBefore(Instant time, Duration onceOpen)
            when plus(time, clockSkew.negated()).isAfter(seen) -> plus(time, clockSkew.negated());
            case NotBefore(Instant time, Duration onceOpen) -> onceOpen == null ? null : plus(seen, onceOpen);
            case Within within -> plus(seen, within.window());
            case Unknown() -> null;
        };
    }

    /** True if the source names a time that still lies ahead: where it moves, what waits for it moves along. */
    default boolean namesTimeAfter(Instant now, Duration clockSkew) {
        return switch (this) {
            case At at -> true;
            case NotBefore before -> plus(before.time(), clockSkew.negated()).isAfter(now);
            case Within within -> false;
            case Unknown() -> false;
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
