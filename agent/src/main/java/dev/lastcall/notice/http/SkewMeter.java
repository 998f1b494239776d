package dev.lastcall.notice.http;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

/**
 * Tells how far a service's clock is from ours. A {@code Date} header names whole seconds and arrives late, so a
 * difference under two seconds is none, and an estimate holds until a reading is that far from it: a deadline must not
 * jitter with every poll.
 */
final class SkewMeter {

    private static final Duration TELLING = Duration.ofSeconds(2);

    private Duration estimate = Duration.ZERO;

    /** The service's clock minus ours after this header. */
    synchronized Duration measure(String dateHeader, Instant now) {
        try {
            Instant server = ZonedDateTime.parse(dateHeader, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            Duration reading = Duration.between(now, server.plusMillis(500));
            if (reading.minus(estimate).abs().compareTo(TELLING) >= 0) {
                estimate = reading.abs().compareTo(TELLING) < 0 ? Duration.ZERO : reading;
            }
        } catch (DateTimeException | ArithmeticException noDate) {
            // A header that is no date says nothing about the clock.
        }
        return estimate;
    }
}
