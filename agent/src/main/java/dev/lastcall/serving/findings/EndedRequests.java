package dev.lastcall.serving.findings;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How long requests took that have ended, by the engines' own histograms.
 *
 * @param counts upper bound in seconds (infinite for the last) to the requests that took no longer; at least one bound
 * @param seconds all of them together; 0 where the engines don't say
 */
public record EndedRequests(NavigableMap<Double, Double> counts, double seconds) {
    private static final double QUANTILE = 0.99;
    /** Fewer requests say nothing of the slowest in a hundred. */
    private static final double ENOUGH = 20;

    public EndedRequests {
        counts = Collections.unmodifiableNavigableMap(new TreeMap<>(counts));
    }

    /** All requests since the engines' start, from one look at their pages. Empty where fewer than 20 have ended. */
    public static Optional<EndedRequests> sinceStart(List<String> pages) {
        TreeMap<Double, Double> ended = new TreeMap<>();
        double seconds = 0;
        for (String page : pages) {
            RequestTimeText.parse(page).forEach((bound, count) -> ended.merge(bound, count, Double::sum));
            seconds += RequestTimeText.seconds(page);
        }
        return ended.isEmpty() || !(ended.lastEntry().getValue() >= ENOUGH)
                ? Optional.empty()
                : Optional.of(new EndedRequests(ended, seconds));
    }

    /**
     * 99 of 100 took no longer, by straight lines between the bounds as Prometheus does; the largest finite bound where more took
     * longer than that. Empty where none has ended.
     */
    public Optional<Duration> p99() {
        double total = total();
        if (total <= 0) {
            return Optional.empty();
        }
        double wanted = QUANTILE * total;
        double lower = 0;
        double below = 0;
        for (Map.Entry<Double, Double> bucket : counts.entrySet()) {
            if (bucket.getValue() >= wanted) {
                double upper = bucket.getKey();
                return Optional.of(millis(
                        Double.isInfinite(upper)
                                ? lower
                                : lower + (upper - lower) * (wanted - below) / (bucket.getValue() - below)));
            }
            lower = bucket.getKey();
            below = bucket.getValue();
        }
        return Optional.of(millis(lower));
    }

    /**
     * The share of the requests in flight at some moment that end within this time, 0 to 1. Long requests are more often caught in
     * flight than short ones, and each is caught anywhere in its course: this is the equilibrium distribution of renewal theory,
     * the integral of the survival function up to {@code left}, divided by the mean. It holds for a steady load.
     */
    public double endingWithin(Duration left) {
        double total = total();
        double until = left.toMillis() / 1000.0;
        if (total <= 0 || until <= 0) {
            return 0;
        }
        double whole = 0;
        double within = 0;
        double lower = 0;
        double running = 1;
        for (Map.Entry<Double, Double> bucket : counts.entrySet()) {
            double upper = bucket.getKey();
            if (Double.isInfinite(upper)) {
                break;
            }
            double after = 1 - bucket.getValue() / total;
            double slope = (after - running) / (upper - lower);
            whole += area(running, slope, upper - lower);
            within += area(running, slope, Math.min(Math.max(until - lower, 0), upper - lower));
            lower = upper;
            running = after;
        }
        // Of those beyond the last bound only the sum knows how long they took: here they stay in flight. Where there
        // are
        // none, the sum is better than straight lines, but with it the shares would not add up to one.
        double mean = running > 0 ? Math.max(whole, seconds / total) : whole;
        return mean <= 0 ? 0 : Math.min(1, within / mean);
    }

    private static double area(double height, double slope, double width) {
        return width * (height + slope * width / 2);
    }

    /** How many have ended. */
    public double total() {
        return counts.lastEntry().getValue();
    }

    private static Duration millis(double seconds) {
        return Duration.ofMillis(Math.round(seconds * 1000));
    }
}
