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

    /** What {@link EndedRequests#p99()} is of those that ended between two readings; empty while none has. */
    public Optional<Duration> p99() {
        if (readings.size() < 2) {
            return Optional.empty();
        }
        Map<Double, Double> first = readings.getFirst().counts();
        TreeMap<Double, Double> ended = new TreeMap<>();
        readings.getLast().counts().forEach((bound, count) -> ended.put(bound, count - first.getOrDefault(bound, 0.0)));
        return new EndedRequests(ended, 0).p99();
    }
}
