package dev.lastcall.drain;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What was asked about one pod so far, and when to ask again.
 *
 * @param attempts requests sent, evictions and deletions
 * @param refused evictions that a budget, or a missing right, refused
 * @param nextTry before this moment no further eviction is asked for
 * @param nextDelete before this moment no further deletion is sent
 */
public record EvictionTries(int attempts, int refused, Instant nextTry, Instant nextDelete) {
    /** A missing right is not mended within a second: begin further up the ladder. */
    private static final int FORBIDDEN_STEPS = 2;

    public static final EvictionTries NONE = new EvictionTries(0, 0, Instant.MIN, Instant.MIN);

    /**
     * After an answer that did not settle it.
     *
     * @param forced it was a deletion
     * @param chance 0 (inclusive) to 1
     */
    public EvictionTries after(EvictionAnswer answer, boolean forced, Instant now, double chance) {
        int asked = attempts + 1;
        return switch (answer) {
            case EvictionAnswer.Blocked blocked -> {
                Instant next = later(now, asked, blocked.retryAfter(), chance);
                // A refused eviction does not put off the deletion at the force point; a refused deletion does.
                yield new EvictionTries(asked, refused + 1, next, forced ? next : nextDelete);
            }
            case EvictionAnswer.Throttled busy -> both(asked, refused, later(now, asked, busy.retryAfter(), chance));
            // A terminating namespace needs patience only; a missing right is the user's to mend, and may be mended.
            case EvictionAnswer.Forbidden forbidden ->
                both(
                        asked,
                        refused + (forbidden.namespaceTerminating() ? 0 : 1),
                        later(now, asked + FORBIDDEN_STEPS, null, chance));
            case EvictionAnswer.Failed _ -> both(asked, refused, later(now, asked, null, chance));
            case EvictionAnswer.Accepted _, EvictionAnswer.Gone _, EvictionAnswer.Replaced _ -> this;
        };
    }

    private static EvictionTries both(int attempts, int refused, Instant next) {
        return new EvictionTries(attempts, refused, next, next);
    }

    private static Instant later(Instant now, int attempt, @Nullable Duration retryAfter, double chance) {
        return now.plus(Backoff.pause(attempt, retryAfter, chance));
    }
}
