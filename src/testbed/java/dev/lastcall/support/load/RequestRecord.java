package dev.lastcall.support.load;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One ended request.
 *
 * @param number from 1, in the order of arrival
 * @param asked how long it should take once it runs
 * @param pod from header {@code x-served-by}; null when no answer began. A plain request that was cut has none
 * @param firstByte null when none came
 * @param bytes of the answer's body
 */
public record RequestRecord(
        int number,
        boolean stream,
        Duration asked,
        Instant start,
        @Nullable Instant firstByte,
        Instant end,
        @Nullable String pod,
        long bytes,
        Outcome outcome) {

    public boolean inFlightAt(Instant instant) {
        return !start.isAfter(instant) && end.isAfter(instant) && !(outcome instanceof Outcome.Rejected);
    }
}
