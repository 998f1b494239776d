package dev.lastcall.worker.run;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How many requests the engine gets at a time: one more per round of answers, half as many when it has no room; and how long
 * none, when it asked for that or does not answer.
 */
final class Throttle {

    private static final long ROUND_NANOS = 1_000_000_000L;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private final int most;
    private final LongSupplier nanos;
    private double limit;
    private long halvedAt;
    private long resumeAt;
    private int troubles;

    Throttle(int most, LongSupplier nanos) {
        this.most = most;
        this.nanos = nanos;
        this.limit = most;
        this.halvedAt = nanos.getAsLong() - ROUND_NANOS;
        this.resumeAt = nanos.getAsLong();
    }

    /** How many may be under way now. */
    synchronized int limit() {
        return nanos.getAsLong() - resumeAt < 0 ? 0 : (int) limit;
    }

    synchronized void answered() {
        troubles = 0;
        limit = Math.min(most, limit + 1 / limit);
    }

    /** The engine has no room. Returns how long the refused job waits. */
    synchronized Duration noRoom(@Nullable Duration retryAfter) {
        long now = nanos.getAsLong();
        // Requests that were sent together are refused together: that is one sign, not many.
        if (now - halvedAt >= ROUND_NANOS) {
            limit = Math.max(1, limit / 2);
            halvedAt = now;
        }
        Duration pause = retryAfter == null ? backOff() : retryAfter;
        pause(pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause);
        return pause;
    }

    /** Nobody answers. */
    synchronized void unanswered() {
        pause(backOff());
    }

    private Duration backOff() {
        Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(troubles, 6));
        troubles++;
        return pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
    }

    private void pause(Duration length) {
        long until = nanos.getAsLong() + length.toNanos();
        if (until - resumeAt > 0) {
            resumeAt = until;
        }
    }
}
