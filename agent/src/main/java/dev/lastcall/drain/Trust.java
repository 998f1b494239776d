package dev.lastcall.drain;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How long which other drainer was trusted with the ordinary pods; immutable, one step per look at the Node. */
public record Trust(
        Map<String, Duration> spans,
        @Nullable String now,
        @Nullable Instant since) {

    public static final Trust NOBODY = new Trust(Map.of(), null, null);

    public Trust seen(Optional<String> drainer, Instant at) {
        if (drainer.equals(Optional.ofNullable(now))) {
            return this;
        }
        Map<String, Duration> closed = closed(at);
        return new Trust(closed, drainer.orElse(null), drainer.isPresent() ? at : null);
    }

    /** A line for the report for each that was trusted. */
    public List<String> findings(Instant at) {
        return closed(at).entrySet().stream()
                .map(span -> "the ordinary pods were left to " + span.getKey() + " for "
                        + span.getValue().toSeconds() + " s, by its mark on the node")
                .toList();
    }

    private Map<String, Duration> closed(Instant at) {
        Map<String, Duration> closed = new LinkedHashMap<>(spans);
        if (now != null && since != null) {
            closed.merge(now, Duration.between(since, at), Duration::plus);
        }
        return closed;
    }
}
