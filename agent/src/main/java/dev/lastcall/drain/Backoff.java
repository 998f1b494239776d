package dev.lastcall.drain;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Pauses between two requests about the same pod: 0.2 s doubling to 5 s, up to a quarter longer by chance so that pods
 * of one budget do not march in step. Never shorter, so one pod costs at most five requests a second.
 */
public final class Backoff {
    private static final long FIRST_MILLIS = 200;
    private static final long LONGEST_MILLIS = 5_000;

    private Backoff() {}

    /**
     * @param attempts requests refused so far, at least 1
     * @param retryAfter the server's own wish, honoured up to the longest pause; null without one
     * @param jitter 0 (inclusive) to 1
     */
    public static Duration pause(int attempts, @Nullable Duration retryAfter, double jitter) {
        long base = Math.min(LONGEST_MILLIS, FIRST_MILLIS << Math.min(attempts - 1, 10));
        if (retryAfter != null) {
            base = Math.max(base, Math.min(retryAfter.toMillis(), LONGEST_MILLIS));
        }
        return Duration.ofMillis(base + (long) (base * 0.25 * jitter));
    }
}
