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
        run(6, 32, 160);

        assertThat(seconds()).isBetween(19.5, 20.5);
    }

    @Test
    void an_engine_that_batches_well_is_prolonged_only_by_what_it_has_slowed() {
        run(5, 16, 160);
        run(6, 32, 256);

        assertThat(seconds()).isBetween(12.2, 12.8);
    }

    @Test
    void one_long_prompt_at_the_same_load_turns_nobody_away() {
        run(5, 16, 160);
        run(6, 16, 20);

        assertThat(pace.requestTime()).contains(Duration.ofSeconds(10));
    }

    @Test
    void requests_that_have_just_begun_are_not_taken_for_slow_ones() {
        run(6, 16, 160);
        run(6, 0, 0);
        run(0.5, 16, 160);

        assertThat(pace.requestTime()).contains(Duration.ofSeconds(10));
    }

    @Test
    void it_is_shortened_again_when_the_load_goes() {
        run(5, 16, 160);
        run(6, 48, 160);
        assertThat(seconds()).isGreaterThan(29);
        run(6, 16, 160);

        assertThat(pace.requestTime()).contains(Duration.ofSeconds(10));
    }

    @Test
    void slower_requests_that_have_ended_count_as_they_are() {
        run(5, 16, 160);
        pace = pace.next(nanos(), reading(16), Optional.of(ended(1_000, 25)));

        assertThat(seconds()).isGreaterThan(24);
    }

    @Test
    void an_engine_without_a_counter_of_tokens_goes_by_its_histogram() {
        for (second = 0; second < 10; second++) {
            pace = pace.next(nanos(), new EngineReading(second < 5 ? 16 : 32, 0, 0), Optional.of(TEN_SECONDS));
        }

        assertThat(pace.requestTime()).contains(Duration.ofSeconds(10));
    }

    @Test
    void an_engine_that_began_anew_is_measured_anew() {
        run(5, 16, 160);
        tokens = 0;
        run(0.5, 32, 10);

        assertThat(pace.recent()).allMatch(moment -> moment.progress() < 100);
        assertThat(pace.requestTime()).isPresent();
    }

    @Test
    void while_too_few_have_ended_nothing_is_said() {
        pace = pace.next(0, reading(3), Optional.empty()).next(1, reading(4), Optional.empty());

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
            pace = pace.next(nanos(), reading(inFlight), Optional.of(TEN_SECONDS));
            tokens += tokensPerSecond / 4;
        }
    }

    private EngineReading reading(int inFlight) {
        return new EngineReading(inFlight, 1_000, 0, 0, Math.round(tokens), true, false);
    }

    private long nanos() {
        return Math.round(second * 1e9);
    }

    private double seconds() {
        return pace.requestTime().orElseThrow().toMillis() / 1000.0;
    }

    private static EndedRequests ended(double requests, double seconds) {
        return new EndedRequests(
                new TreeMap<>(Map.of(seconds * 0.99, 0.0, seconds, requests * 0.99, Double.POSITIVE_INFINITY, requests)),
                requests * seconds);
    }
}
