package dev.lastcall.serving.findings;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How long an engine's requests took in the last hour, from its own histogram read now and then. The difference between
 * two readings is what ended between them; an engine that starts anew counts from zero, and what was before is dropped.
 */
public final class RequestTimes {
    private static final Duration SPAN = Duration.ofHours(1);
    private static final double QUANTILE = 0.99;
    /** Fewer requests say nothing of the slowest in a hundred. */
    private static final double ENOUGH = 20;

    private final List<Reading> readings = new ArrayList<>();

    /** @param counts upper bound in seconds to the requests that took no longer */
    private record Reading(Instant at, TreeMap<Double, Double> counts) {
        double total() {
            return counts.lastEntry().getValue();
        }
    }

    /** Takes up the text of {@code /metrics}; one without a histogram of request times is passed over. */
    public void read(String text, Instant now) {
        TreeMap<Double, Double> counts = RequestTimeText.parse(text);
        if (counts.isEmpty()) {
            return;
        }
        Reading reading = new Reading(now, counts);
        if (!readings.isEmpty()) {
            Reading before = readings.getLast();
            if (reading.total() < before.total()
                    || !counts.keySet().equals(before.counts().keySet())) {
                readings.clear();
            }
        }
        readings.add(reading);
        // The youngest of those that are an hour old stays: the hour is counted from it.
        while (readings.size() > 2 && !readings.get(1).at().isAfter(now.minus(SPAN))) {
            readings.removeFirst();
        }
    }

    /**
     * 99 of 100 requests took no longer, by straight lines between the bounds as Prometheus does; the largest finite bound
     * where more took longer than that. Empty while no request has ended between two readings.
     */
    public Optional<Duration> p99() {
        if (readings.size() < 2) {
            return Optional.empty();
        }
        Map<Double, Double> first = readings.getFirst().counts();
        TreeMap<Double, Double> ended = new TreeMap<>();
        readings.getLast().counts().forEach((bound, count) -> ended.put(bound, count - first.getOrDefault(bound, 0.0)));
        return quantile(ended);
    }

    /**
     * The same over all requests since the engines' start, from one look at their pages: what a notice has to do with. Empty where
     * fewer than 20 requests have ended.
     */
    public static Optional<Duration> sinceStart(List<String> pages) {
        TreeMap<Double, Double> ended = new TreeMap<>();
        pages.forEach(
                page -> RequestTimeText.parse(page).forEach((bound, count) -> ended.merge(bound, count, Double::sum)));
        return ended.isEmpty() || !(ended.lastEntry().getValue() >= ENOUGH) ? Optional.empty() : quantile(ended);
    }

    private static Optional<Duration> quantile(TreeMap<Double, Double> ended) {
        double total = ended.lastEntry().getValue();
        if (total <= 0) {
            return Optional.empty();
        }
        double wanted = QUANTILE * total;
        double lower = 0;
        double below = 0;
        for (Map.Entry<Double, Double> bucket : ended.entrySet()) {
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

    private static Duration millis(double seconds) {
        return Duration.ofMillis(Math.round(seconds * 1000));
    }
}
