package dev.lastcall.drain;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What was asked about one pod so far, and when to ask again.
 *
 * @param attempts requests sent, evictions and deletions
 * @param refused evictions that somebody refused
 * @param asked when the last request was sent
 * @param nextTry before this moment no further eviction is asked for
 * @param nextDelete before this moment no further deletion is sent
 * @param unanswered when an eviction that got no answer was last given up
 */
public record EvictionTries(
        int attempts, int refused, Instant asked, Instant nextTry, Instant nextDelete, Instant unanswered) {
    /** A missing right is not mended within a second: begin further up the ladder. */
    private static final int SERVER_STEPS = 2;

    public static final EvictionTries NONE =
            new EvictionTries(0, 0, Instant.MIN, Instant.MIN, Instant.MIN, Instant.MIN);

    /** Somebody said no, or nobody said anything until the force point: the only two that a deletion may follow. */
    boolean denied(Instant force) {
        return refused > 0 || !unanswered.isBefore(force);
    }

    /**
     * After an answer that did not settle it.
     *
     * @param forced it was a deletion
     * @param sent when the request was sent
     * @param jitter 0 (inclusive) to 1
     */
    public EvictionTries after(EvictionAnswer answer, boolean forced, Instant sent, Instant now, double jitter) {
        int more = attempts + 1;
        return switch (answer) {
            case EvictionAnswer.Refused no -> {
                int steps = no.by() instanceof Refuser.Server ? more + SERVER_STEPS : more;
                Instant next = later(now, steps, no.retryAfter(), jitter);
                // A refused eviction does not put off the deletion at the force point; a refused deletion does.
                yield new EvictionTries(more, refused + 1, sent, next, forced ? next : nextDelete, unanswered);
            }
            case EvictionAnswer.Throttled busy -> both(more, sent, later(now, more, busy.retryAfter(), jitter));
            case EvictionAnswer.NamespaceEnding _ -> both(more, sent, later(now, more + SERVER_STEPS, null, jitter));
            case EvictionAnswer.Failed _ -> both(more, sent, later(now, more, null, jitter));
            case EvictionAnswer.Unanswered _ -> {
                Instant next = later(now, more, null, jitter);
                // Like a refused one: it does not put off the deletion.
                yield forced ? both(more, sent, next) : new EvictionTries(more, refused, sent, next, nextDelete, now);
            }
            case EvictionAnswer.Accepted _, EvictionAnswer.Gone _, EvictionAnswer.Replaced _ -> this;
        };
    }

    private EvictionTries both(int more, Instant sent, Instant next) {
        return new EvictionTries(more, refused, sent, next, next, unanswered);
    }

    private static Instant later(Instant now, int attempt, @Nullable Duration retryAfter, double jitter) {
        return now.plus(Backoff.pause(attempt, retryAfter, jitter));
    }
}
