package dev.lastcall.serving.findings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** What the histogram of ended requests says about those in flight, against a simulated queue that knows the truth. */
class EndedRequestsTest {
    private static final Offset<Double> CLOSE = within(0.02);

    @Test
    void one_look_at_all_engines_of_a_pod_says_how_long_requests_took_since_their_start() {
        assertThat(p99(text(0, 0, 0), text(90, 100, 100))).contains(Duration.ofSeconds(19));
        assertThat(p99(text(3, 3, 3))).as("a handful").isEmpty();
        assertThat(p99("nothing")).isEmpty();
    }

    /** All take 10 s: in flight they are anywhere between their first and their last second. */
    @Test
    void of_requests_that_all_take_as_long_the_share_that_ends_is_the_time_divided_by_their_length() {
        TreeMap<Double, Double> counts = new TreeMap<>();
        counts.put(9.999, 0.0);
        counts.put(10.0, 100.0);
        counts.put(Double.POSITIVE_INFINITY, 100.0);
        EndedRequests all = new EndedRequests(counts, 1000);
        assertThat(all.endingWithin(Duration.ofSeconds(4))).isCloseTo(0.4, CLOSE);
        assertThat(all.endingWithin(Duration.ofSeconds(27))).isCloseTo(1, CLOSE);
        assertThat(all.endingWithin(Duration.ZERO)).isZero();
        assertThat(all.endingWithin(Duration.ofSeconds(-3))).isZero();
    }

    /** The line between two bounds says 3.75 s of requests that all take 4.9. */
    @Test
    void all_end_within_a_time_that_none_has_exceeded() {
        EndedRequests all = histogram(new double[] {2.5, 5}, new double[] {0, 100}, 490);
        assertThat(all.endingWithin(Duration.ofSeconds(5))).isEqualTo(1);
        assertThat(all.endingWithin(Duration.ofSeconds(57))).isEqualTo(1);
    }

    @Test
    void a_few_long_requests_are_most_of_what_is_in_flight() {
        // 90 of 1 s and 10 of 100 s: at any moment 1000 of 1090 s of work belong to the long ones.
        EndedRequests mixed = histogram(new double[] {1, 99, 100}, new double[] {90, 90, 100}, 1090);
        assertThat(mixed.endingWithin(Duration.ofSeconds(10))).isBetween(0.1, 0.2);
    }

    /** Those beyond the last bound are known by the sum only: they must not be taken for ended. */
    @Test
    void requests_beyond_the_last_bound_stay_in_flight() {
        EndedRequests open = new EndedRequests(
                new TreeMap<>(java.util.Map.of(10.0, 50.0, Double.POSITIVE_INFINITY, 100.0)), 50 * 5 + 50 * 500.0);
        assertThat(open.endingWithin(Duration.ofSeconds(10))).isLessThan(0.05);
        assertThat(open.endingWithin(Duration.ofHours(1))).isLessThan(0.05);
    }

    @Test
    void the_estimate_is_that_of_a_steady_load_whose_course_is_known() {
        Random random = new Random(11);
        double[] bounds = {0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120};
        double[] atMost = new double[bounds.length];
        double sum = 0;
        int inFlight = 0;
        int ends = 0;
        double moment = 50_000;
        int all = 100_000;
        for (int i = 0; i < all; i++) {
            double start = random.nextDouble() * 100_000;
            double took = Math.exp(random.nextGaussian() * 0.8 + 2.5);
            for (int b = 0; b < bounds.length; b++) {
                atMost[b] += took <= bounds[b] ? 1 : 0;
            }
            sum += took;
            // Caught in flight at some moment of a long window around the middle; 20 s are left.
            for (double at = moment; at < moment + 20_000; at += 500) {
                if (start <= at && start + took > at) {
                    inFlight++;
                    ends += start + took <= at + 20 ? 1 : 0;
                }
            }
        }
        TreeMap<Double, Double> counts = new TreeMap<>();
        for (int b = 0; b < bounds.length; b++) {
            counts.put(bounds[b], atMost[b]);
        }
        counts.put(Double.POSITIVE_INFINITY, (double) all);
        double truth = (double) ends / inFlight;
        assertThat(new EndedRequests(counts, sum).endingWithin(Duration.ofSeconds(20)))
                .as("of %d in flight %d end", inFlight, ends)
                .isCloseTo(truth, within(0.05));
    }

    @Test
    void the_sum_is_read_from_the_page_and_a_broken_one_is_passed_over() {
        String sum = "vllm:e2e_request_latency_seconds_sum{engine=\"0\",model_name=\"tiny\"} ";
        assertThat(EndedRequests.sinceStart(List.of(text(20, 20, 20) + sum + "140.5\n", sum + "9.5")))
                .map(EndedRequests::seconds)
                .contains(150.0);
        assertThat(EndedRequests.sinceStart(List.of(text(20, 20, 20) + sum + "NaN\n")))
                .map(EndedRequests::seconds)
                .contains(0.0);
    }

    private static Optional<Duration> p99(String... pages) {
        return EndedRequests.sinceStart(List.of(pages)).flatMap(EndedRequests::p99);
    }

    private static EndedRequests histogram(double[] bounds, double[] atMost, double sum) {
        TreeMap<Double, Double> counts = new TreeMap<>();
        for (int i = 0; i < bounds.length; i++) {
            counts.put(bounds[i], atMost[i]);
        }
        counts.put(Double.POSITIVE_INFINITY, atMost[atMost.length - 1]);
        return new EndedRequests(counts, sum);
    }

    private static String text(int ten, int twenty, int all) {
        String line = "vllm:e2e_request_latency_seconds_bucket{engine=\"0\",le=\"%s\",model_name=\"tiny\"} %d.0\n";
        return line.formatted("10.0", ten) + line.formatted("20.0", twenty) + line.formatted("+Inf", all);
    }
}
