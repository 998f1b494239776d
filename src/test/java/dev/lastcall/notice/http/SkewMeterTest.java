package dev.lastcall.notice.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SkewMeterTest {

    private static final Instant T0 = Instant.parse("2026-11-25T12:00:00.700Z");

    private final SkewMeter meter = new SkewMeter();

    /** The header of a service whose clock is this far from ours, written this long after the question. */
    private Duration measure(Duration skew, Duration writtenAfter, Duration readAfter) {
        String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                T0.plus(writtenAfter).plus(skew).atOffset(ZoneOffset.UTC));
        return meter.measure(date, T0, T0.plus(readAfter));
    }

    @ParameterizedTest
    @ValueSource(longs = {30, -30, 300, -3600})
    void a_clock_that_is_off_is_measured_to_a_second(long seconds) {
        Duration skew = Duration.ofSeconds(seconds);
        assertThat(measure(skew, Duration.ofMillis(1), Duration.ofMillis(2)))
                .isBetween(skew.minusSeconds(1), skew.plusSeconds(1));
    }

    @Test
    void an_answer_that_is_read_late_moves_no_clock() {
        // A loaded node: the answer lay there for eight seconds. It says nothing about the service's clock.
        assertThat(measure(Duration.ZERO, Duration.ofMillis(1), Duration.ofSeconds(8)))
                .isZero();
        assertThat(measure(Duration.ofSeconds(30), Duration.ofMillis(1), Duration.ofMillis(2)))
                .isPositive();
        Duration before = measure(Duration.ofSeconds(30), Duration.ofMillis(1), Duration.ofMillis(2));
        assertThat(measure(Duration.ofSeconds(30), Duration.ofMillis(1), Duration.ofSeconds(8)))
                .isEqualTo(before);
    }

    @Test
    void an_answer_that_was_held_moves_no_clock() {
        assertThat(measure(Duration.ZERO, Duration.ofSeconds(14), Duration.ofSeconds(14)))
                .isZero();
    }

    @Test
    void what_is_no_date_leaves_the_estimate() {
        Duration before = measure(Duration.ofSeconds(30), Duration.ofMillis(1), Duration.ofMillis(2));
        assertThat(meter.measure("yesterday", T0, T0)).isEqualTo(before);
    }
}
