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
    private final Map<SourceId, Duration> intervals = new ConcurrentHashMap<>();

    /** The source is about to be asked for the first time, and then this often. */
    public void starting(SourceId id, Instant now, Duration interval) {
        intervals.put(id, interval);
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

    /** The sources whose last success is older than this; one that is asked less often is given two of its intervals. */
    public List<SourceHealth> blind(Instant now, Duration blindAfter) {
        return all().stream()
                .filter(health -> health.isBlind(now, longer(blindAfter, health.id())))
                .toList();
    }

    /** Whether every source in use has answered, or failed to, at least once. */
    public boolean allHeard() {
        return states.values().stream().allMatch(health -> health.up() || health.failures() > 0);
    }

    private Duration longer(Duration blindAfter, SourceId id) {
        Duration twice = intervals.getOrDefault(id, Duration.ZERO).multipliedBy(2);
        return twice.compareTo(blindAfter) > 0 ? twice : blindAfter;
    }

    /** What one reading changed. */
    public record Step(SourceHealth before, SourceHealth after) {}
}
