package dev.lastcall.notice;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How every source does, for the readiness check, the state page and the metrics. Safe for any thread. */
public final class SourceStates {

    private final Map<SourceId, SourceHealth> states = new ConcurrentHashMap<>();

    /** The source is about to be asked for the first time. */
    public void starting(SourceId id, Instant now) {
        states.putIfAbsent(id, SourceHealth.starting(id, now));
    }

    /** One more reading; gives the health before and after it. */
    public Step record(SourceId id, Observation observation, Instant now) {
        SourceHealth before = states.getOrDefault(id, SourceHealth.starting(id, now));
        SourceHealth after = before.after(observation, now);
        states.put(id, after);
        return new Step(before, after);
    }

    /** All sources in use, by name. */
    public List<SourceHealth> all() {
        return states.values().stream()
                .sorted(Comparator.comparing(health -> health.id().label()))
                .toList();
    }

    /** The sources that have failed for longer than this. */
    public List<SourceHealth> blind(Instant now, Duration blindAfter) {
        return all().stream().filter(health -> health.isBlind(now, blindAfter)).toList();
    }

    /** What one reading changed. */
    public record Step(SourceHealth before, SourceHealth after) {}
}
