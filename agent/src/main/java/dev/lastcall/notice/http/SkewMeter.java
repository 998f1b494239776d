package dev.lastcall.notice.http;

import java.time.Duration;
import java.time.Instant;

/**
 * Tells how far a service's clock is from ours. A {@code Date} header names whole seconds, some time between the question
 * and the arrival of the answer, so it is a range: an estimate that lies within a second of it stands, because a deadline
 * must not jitter with every poll, nor move when this process was slow to read an answer.
 */
final class SkewMeter {

    private static final Duration TELLING = Duration.ofSeconds(2);
    private static final Duration TOLERANCE = Duration.ofSeconds(1);

    private Duration estimate = Duration.ZERO;

    /**
     * The service's clock minus ours after this header.
     *
     * @param asked when the question left
     * @param answered when its answer had arrived
     */
    synchronized Duration measure(String dateHeader, Instant asked, Instant answered) {
        Timestamps.rfc1123(dateHeader).ifPresent(server -> {
            Duration least = Duration.between(answered, server);
            Duration most = Duration.between(asked, server.plusSeconds(1));
            boolean stands =
                    estimate.compareTo(least.minus(TOLERANCE)) >= 0 && estimate.compareTo(most.plus(TOLERANCE)) <= 0;
            if (!stands) {
                Duration reading = least.plus(most).dividedBy(2);
                estimate = reading.abs().compareTo(TELLING) < 0 ? Duration.ZERO : reading;
            }
        }); // a header that is no date says nothing about the clock
        return estimate;
    }
}
