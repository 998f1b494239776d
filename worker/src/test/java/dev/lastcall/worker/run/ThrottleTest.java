package dev.lastcall.worker.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ThrottleTest {

    private final AtomicLong nanos = new AtomicLong(-5);
    private final Throttle throttle = new Throttle(16, nanos::get);

    @Test
    void refusals_of_one_round_halve_once_and_those_of_the_next_again() {
        throttle.noRoom(Duration.ZERO);
        throttle.noRoom(Duration.ZERO);
        assertThat(throttle.limit()).isEqualTo(8);
        pass(Duration.ofSeconds(1));
        throttle.noRoom(Duration.ZERO);
        assertThat(throttle.limit()).isEqualTo(4);
    }

    @Test
    void one_request_always_stays_and_answers_bring_the_rest_back_one_a_round() {
        for (int i = 0; i < 10; i++) {
            throttle.noRoom(Duration.ZERO);
            pass(Duration.ofSeconds(1));
        }
        assertThat(throttle.limit()).isEqualTo(1);
        throttle.answered();
        assertThat(throttle.limit()).isEqualTo(2);
        for (int i = 0; i < 1000; i++) {
            throttle.answered();
        }
        assertThat(throttle.limit()).isEqualTo(16);
    }

    @Test
    void nothing_is_sent_for_as_long_as_the_engine_asked_for() {
        assertThat(throttle.noRoom(Duration.ofSeconds(3))).hasSeconds(3);
        assertThat(throttle.limit()).isZero();
        pass(Duration.ofSeconds(3));
        assertThat(throttle.limit()).isPositive();
    }

    @Test
    void without_such_a_wish_the_pause_doubles_up_to_ten_seconds_and_an_answer_ends_it() {
        assertThat(throttle.noRoom(null)).hasMillis(250);
        assertThat(throttle.noRoom(null)).hasMillis(500);
        for (int i = 0; i < 20; i++) {
            throttle.unanswered();
        }
        assertThat(throttle.noRoom(null)).hasSeconds(10);
        throttle.answered();
        assertThat(throttle.noRoom(null)).hasMillis(250);
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }
}
