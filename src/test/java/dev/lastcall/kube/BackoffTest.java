package dev.lastcall.kube;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BackoffTest {

    @Test
    void a_server_that_stays_away_is_asked_at_most_once_a_second_and_at_least_every_eight() {
        Backoff backoff = new Backoff(new SplittableRandom(1));
        List<Duration> waits =
                IntStream.range(0, 10_000).mapToObj(i -> backoff.next()).toList();

        assertThat(waits).allSatisfy(wait -> assertThat(wait).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(8)));
    }

    @Test
    void the_nodes_of_a_fleet_do_not_come_back_in_step() {
        assertThat(IntStream.range(0, 100)
                        .mapToObj(seed -> new Backoff(new SplittableRandom(seed)).next())
                        .distinct())
                .hasSizeGreaterThan(50);
    }

    @Test
    void after_a_success_it_begins_small_again() {
        Backoff backoff = new Backoff(new SplittableRandom(1));
        IntStream.range(0, 10).forEach(i -> backoff.next());

        backoff.succeeded();

        assertThat(backoff.next()).isLessThanOrEqualTo(Duration.ofMillis(1_500));
    }
}
