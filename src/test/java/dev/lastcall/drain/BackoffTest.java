package dev.lastcall.drain;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Guards against the eviction hot loop that kubectl's drain library has since 0.35: no pause at all. */
class BackoffTest {

    @Test
    void a_pause_doubles_up_to_five_seconds_and_is_never_shorter_than_a_fifth_of_a_second() {
        assertThat(Backoff.pause(1, null, 0)).isEqualTo(Duration.ofMillis(200));
        assertThat(Backoff.pause(2, null, 0)).isEqualTo(Duration.ofMillis(400));
        assertThat(Backoff.pause(5, null, 0)).isEqualTo(Duration.ofMillis(3_200));
        assertThat(Backoff.pause(6, null, 0)).isEqualTo(Duration.ofSeconds(5));
        assertThat(Backoff.pause(1_000, null, 0)).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void chance_makes_it_up_to_a_quarter_longer_and_never_shorter() {
        assertThat(Backoff.pause(3, null, 0.5)).isEqualTo(Duration.ofMillis(900));
        assertThat(Backoff.pause(3, null, 0.999_999)).isLessThanOrEqualTo(Duration.ofMillis(1_000));
    }

    @Test
    void the_servers_own_wish_lengthens_a_pause_but_not_beyond_the_longest() {
        assertThat(Backoff.pause(1, Duration.ofSeconds(1), 0)).isEqualTo(Duration.ofSeconds(1));
        assertThat(Backoff.pause(4, Duration.ofSeconds(1), 0)).isEqualTo(Duration.ofMillis(1_600));
        assertThat(Backoff.pause(1, Duration.ofSeconds(10), 0)).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void one_pod_costs_at_most_five_requests_a_second_whatever_the_server_says() {
        for (int attempts = 1; attempts < 100; attempts++) {
            for (Duration wish : List.of(Duration.ZERO, Duration.ofMillis(1), Duration.ofSeconds(-5))) {
                assertThat(Backoff.pause(attempts, wish, 0)).isGreaterThanOrEqualTo(Duration.ofMillis(200));
            }
        }
    }
}
