package dev.lastcall.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.serving.findings.EndedRequests;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Guards against the real vLLM of which 32 of 32 requests were cut: the last of two pods got all the streams, each request took
 * three times as long, and the agent went by how long they had taken before.
 */
class RequestPaceTest {
    /** A thousand requests of 10 s and 100 tokens each. */
    private static final EndedRequests TEN_SECONDS = ended(1_000, 10);

    private static final long TOKENS_SO_FAR = 100_000 + 16 * 50;

    private RequestPace pace = RequestPace.UNKNOWN;
    private double second;
    private double tokens = TOKENS_SO_FAR;

    @Test
    void at_the_pace_of_before_the_engines_own_histogram_decides() {
        run(10, 16, 160);

        assertThat(pace.requestTime()).contains(Duration.ofSeconds(10));
    }

    @Test
    void twice_the_load_at_the_same_throughput_doubles_the_time_before_one_of_it_has_ended() {
        run(5, 16, 160);
        run(15, 32, 160);

        assertThat(seconds()).isBetween(19.5, 20.5);
    }

    @Test
    void an_engine_that_batches_well_is_prolonged_only_by_what_it_has_slowed() {
        run(5, 16, 160);
        run(15, 32, 256);

        assertThat(seconds()).isBetween(12.2, 12.8);
    }

    /** The notice of this node came after that of its neighbour, whose load it had taken over by then. */
    @Test
    void a_load_that_was_doubled_before_the_notice_counts_from_the_first_readings_on() {
        run(15, 32, 160);

        assertThat(seconds()).isBetween(19.0, 20.5);
    }

    /** It makes no token while its prompt is read: that is a part of each request, and no slower than before. */
    @Test
    void a_single_request_that_begins_is_not_taken_for_a_slow_one() {
        run(60, 0, 0);
        run(2, 1, 0);
        assertThat(pace.requestTime()).contains(Duration.ofSeconds(10));
        run(8, 1, 12.5);
        assertThat(seconds()).isLessThan(11);
    }

    /** Of the real vLLM: 32 prompts were read for seconds before the first of their tokens came. */
    @Test
    void requests_that_begin_together_are_not_taken_for_slow_ones_while_their_prompts_are_read() {
        run(10, 16, 160);
        run(3, 16, 0);
        run(1, 16, 200);

        // Three seconds more for half of what takes ten: 1.6 times.
        assertThat(seconds()).isLessThanOrEqualTo(16);
    }

    @Test
    void requests_that_have_just_begun_are_not_taken_for_slow_ones() {
        run(6, 16, 160);
        run(6, 0, 0);
        run(0.5, 16, 160);

        assertThat(pace.requestTime()).contains(Duration.ofSeconds(10));
    }

    /** An engine that reads one endless prompt, or hangs: what it has will take at least this much longer. */
    @Test
    void an_engine_that_stops_making_tokens_slows_down_the_longer_it_stands() {
        run(10, 16, 160);
        run(10, 16, 0);
        double once = seconds();
        run(20, 16, 0);

        assertThat(once).isGreaterThan(10);
        assertThat(seconds()).isGreaterThan(1.5 * once);
    }

    @Test
    void a_rest_of_hours_is_kept_as_two_moments() {
        run(10, 16, 160);
        run(3600, 0, 0);

        assertThat(pace.recent()).hasSizeLessThan(5);
    }

    @Test
    void it_is_shortened_again_when_the_load_goes() {
        run(5, 16, 160);
        run(20, 48, 160);
        assertThat(seconds()).isGreaterThan(29);
        run(20, 16, 160);

        assertThat(pace.requestTime()).contains(Duration.ofSeconds(10));
    }

    @Test
    void slower_requests_that_have_ended_count_as_they_are() {
        run(5, 16, 160);
        pace = pace.next(nanos(), 16, Math.round(tokens), Optional.of(ended(1_000, 25)));

        assertThat(seconds()).isGreaterThan(24);
    }

    @Test
    void an_engine_without_a_counter_of_tokens_goes_by_its_histogram() {
        for (second = 0; second < 10; second++) {
            pace = pace.next(nanos(), second < 5 ? 16 : 32, -1, Optional.of(TEN_SECONDS));
        }

        assertThat(pace.requestTime()).contains(Duration.ofSeconds(10));
    }

    @Test
    void an_engine_that_began_anew_is_measured_anew() {
        run(5, 16, 160);
        tokens = 0;
        run(0.5, 32, 10);

        assertThat(pace.recent()).allMatch(moment -> moment.generated() < 100);
        assertThat(pace.requestTime()).isPresent();
    }

    @Test
    void while_too_few_have_ended_nothing_is_said() {
        pace = pace.next(0, 3, 10, Optional.empty()).next(1, 4, 20, Optional.empty());

        assertThat(pace.requestTime()).isEmpty();
    }

    @Test
    void what_one_of_two_engines_says_is_better_than_nothing() {
        pace = pace.partly(Optional.of(TEN_SECONDS)).partly(Optional.of(ended(1_000, 60)));

        assertThat(pace.requestTime()).contains(Duration.ofSeconds(10));
    }

    /** Looks four times a second for so long. */
    private void run(double seconds, int inFlight, double tokensPerSecond) {
        for (double end = second + seconds; second < end; second += 0.25) {
            pace = pace.next(nanos(), inFlight, Math.round(tokens), Optional.of(TEN_SECONDS));
            tokens += tokensPerSecond / 4;
        }
    }

    private long nanos() {
        return Math.round(second * 1e9);
    }

    private double seconds() {
        return pace.requestTime().orElseThrow().toMillis() / 1000.0;
    }

    private static EndedRequests ended(double requests, double seconds) {
        return new EndedRequests(
                new TreeMap<>(
                        Map.of(seconds * 0.99, 0.0, seconds, requests * 0.99, Double.POSITIVE_INFINITY, requests)),
                requests * seconds);
    }
}
