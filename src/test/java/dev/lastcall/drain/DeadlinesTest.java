package dev.lastcall.drain;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Guards against the two ways to waste a notice: killing what could have finished, and asking when it is too late. */
class DeadlinesTest {
    private static final Instant T0 = Instant.parse("2026-11-25T10:00:00Z");
    private final Deadlines spot = new Deadlines(T0.plusSeconds(120), T0, ofSeconds(3));

    @Test
    void the_force_point_lies_the_margin_and_the_pods_own_need_before_the_deadline() {
        assertThat(spot.forcePoint(Duration.ZERO)).isEqualTo(T0.plusSeconds(117));
        assertThat(spot.forcePoint(ofSeconds(30))).isEqualTo(T0.plusSeconds(87));
    }

    @Test
    void no_force_point_lies_before_half_of_the_notices_time() {
        assertThat(spot.forcePoint(ofSeconds(57))).isEqualTo(T0.plusSeconds(60));
        assertThat(spot.forcePoint(ofSeconds(600))).isEqualTo(T0.plusSeconds(60));
        assertThat(new Deadlines(T0.plusSeconds(30), T0, ofSeconds(3)).forcePoint(ofSeconds(30)))
                .isEqualTo(T0.plusSeconds(15));
    }

    @Test
    void a_deadline_that_has_passed_forces_at_once() {
        assertThat(new Deadlines(T0, T0, ofSeconds(3)).forcePoint(ofSeconds(30)))
                .isEqualTo(T0);
    }

    @Test
    void the_grace_is_the_pods_own_while_there_is_time_for_it() {
        assertThat(spot.grace(ofSeconds(30), T0)).isEqualTo(ofSeconds(30));
        assertThat(spot.grace(ofSeconds(30), T0.plusSeconds(89))).isEqualTo(ofSeconds(30));
    }

    @Test
    void after_that_it_is_what_is_left_less_one_second_in_whole_seconds() {
        assertThat(spot.grace(ofSeconds(30), T0.plusSeconds(117))).isEqualTo(ofSeconds(2));
        assertThat(spot.grace(ofSeconds(30), T0.plusSeconds(116).plusMillis(1))).isEqualTo(ofSeconds(2));
    }

    @Test
    void the_grace_is_never_under_a_second_because_zero_removes_the_object_while_containers_run() {
        assertThat(spot.grace(ofSeconds(30), T0.plusSeconds(500))).isEqualTo(ofSeconds(1));
        assertThat(spot.grace(Duration.ZERO, T0)).isEqualTo(ofSeconds(1));
        assertThat(spot.grace(ofMillis(400), T0)).isEqualTo(ofSeconds(1));
    }

    @Test
    void an_engine_covers_the_time_left_if_it_drains_until_the_margin() {
        assertThat(spot.engineOutlastsDeadline(ofSeconds(117), T0)).isTrue();
        assertThat(spot.engineOutlastsDeadline(ofSeconds(116), T0)).isFalse();
        assertThat(spot.engineOutlastsDeadline(ofSeconds(30), T0.plusSeconds(87)))
                .isTrue();
        assertThat(spot.engineOutlastsDeadline(Duration.ZERO, T0.plusSeconds(119)))
                .as("an engine that cannot drain covers nothing, however little time is left")
                .isFalse();
    }

    @Test
    void a_tighter_deadline_never_moves_a_force_point_later() {
        SplittableRandom random = new SplittableRandom(20261125);
        for (int i = 0; i < 10_000; i++) {
            long late = random.nextLong(1, 100_000);
            long early = random.nextLong(1, late + 1);
            Duration margin = ofMillis(random.nextLong(0, 10_000));
            Duration use = ofMillis(random.nextLong(0, 100_000));
            Instant before = new Deadlines(T0.plusMillis(late), T0, margin).forcePoint(use);
            Instant after = new Deadlines(T0.plusMillis(early), T0, margin).forcePoint(use);
            assertThat(after).isBeforeOrEqualTo(before);
            assertThat(after).isBetween(T0.plusMillis(early / 2), T0.plusMillis(early));
        }
    }
}
