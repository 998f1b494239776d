package dev.lastcall.serving.findings;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** p99 of what ended in the last hour, by the engine's own histogram. */
class RequestTimesTest {
    private static final Instant START = Instant.parse("2026-11-29T12:00:00Z");

    private final RequestTimes times = new RequestTimes();

    @Test
    void one_reading_says_nothing_about_the_last_hour() {
        times.read(text(100, 100, 100), START);
        assertThat(times.p99()).isEmpty();
    }

    @Test
    void p99_lies_on_the_line_between_two_bounds() {
        times.read(text(0, 0, 0), START);
        times.read(text(90, 100, 100), START.plusSeconds(60));
        // 9 of the 10 between 10 s and 20 s.
        assertThat(times.p99()).contains(Duration.ofSeconds(19));
    }

    @Test
    void longer_than_the_last_bound_counts_as_the_last_bound() {
        times.read(text(0, 0, 0), START);
        times.read(text(0, 0, 5), START.plusSeconds(60));
        assertThat(times.p99()).contains(Duration.ofSeconds(20));
    }

    @Test
    void what_ended_more_than_an_hour_ago_is_forgotten() {
        times.read(text(0, 0, 0), START);
        times.read(text(0, 100, 100), START.plusSeconds(60));
        times.read(text(100, 200, 200), START.plusSeconds(3_661));
        // Only the 100 fast ones are of the last hour.
        assertThat(times.p99()).contains(Duration.ofMillis(9_900));
    }

    @Test
    void an_engine_that_started_anew_is_counted_anew() {
        times.read(text(0, 0, 0), START);
        times.read(text(0, 100, 100), START.plusSeconds(60));
        times.read(text(1, 1, 1), START.plusSeconds(120));
        assertThat(times.p99()).isEmpty();
        times.read(text(101, 101, 101), START.plusSeconds(180));
        assertThat(times.p99()).contains(Duration.ofMillis(9_900));
    }

    @Test
    void models_and_ranks_are_added_up_and_other_text_is_passed_over() {
        times.read("# HELP x\nvllm:num_requests_running 3\nnonsense", START);
        times.read(text(0, 0, 0) + text(0, 0, 0).replace("tiny", "other"), START);
        times.read(text(50, 50, 50) + text(50, 50, 50).replace("tiny", "other"), START.plusSeconds(60));
        assertThat(times.p99()).contains(Duration.ofMillis(9_900));
    }

    private static String text(int ten, int twenty, int all) {
        String line = "vllm:e2e_request_latency_seconds_bucket{engine=\"0\",le=\"%s\",model_name=\"tiny\"} %d.0\n";
        return line.formatted("10.0", ten) + line.formatted("20.0", twenty) + line.formatted("+Inf", all);
    }
}
