package dev.lastcall.notice.nodemark;

import dev.lastcall.notice.Due;
import dev.lastcall.notice.Fingerprint;
import dev.lastcall.notice.NodeSigns;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.notice.NoticeSource;
import dev.lastcall.notice.Observation;
import dev.lastcall.notice.Parsed;
import dev.lastcall.notice.Sighting;
import dev.lastcall.notice.SourceId;
import java.time.Duration;
import java.util.Optional;

/**
 * A game day: the annotation {@code lastcall.dev/simulate}, set by a person to {@code spot,120s} (any kind but
 * {@code simulated}, and how long the node has), with {@code -dry} at its end to decide and write nothing.
 */
public record SimulateSource() implements NoticeSource.Watched {

    public static final String ANNOTATION = "lastcall.dev/simulate";

    private static final String DRY = "-dry";

    @Override
    public SourceId id() {
        return SourceId.SIMULATE;
    }

    @Override
    public Observation observe(NodeSigns signs, long answeredNanos) {
        String value = signs.annotations().get(ANNOTATION);
        if (value == null || value.isBlank()) {
            return new Observation.Nothing();
        }
        return switch (parse(value)) {
            case Parsed.Garbled garbled -> new Observation.Failed("malformed", garbled.why());
            case Parsed.Understood understood ->
                new Observation.Seen(understood.sightings(), Duration.ZERO, answeredNanos);
        };
    }

    /** The annotation's value. */
    public static Parsed parse(String value) {
        String text = value.strip();
        boolean dry = text.endsWith(DRY);
        String[] parts = (dry ? text.substring(0, text.length() - DRY.length()) : text).split(",", -1);
        Optional<NoticeKind> kind = NoticeKind.ofLabel(parts[0].strip()).filter(named -> named != NoticeKind.SIMULATED);
        Optional<Duration> window = parts.length == 2 ? Spans.parse(parts[1]) : Optional.empty();
        if (kind.isEmpty() || window.isEmpty()) {
            return new Parsed.Garbled(ANNOTATION + " must be KIND,WINDOW such as spot,120s, or spot,120s-dry");
        }
        return Parsed.one(new Sighting(
                Fingerprint.of(SourceId.SIMULATE, text),
                NoticeKind.SIMULATED,
                kind.get(),
                SourceId.SIMULATE.label(),
                kind.get() == NoticeKind.HIBERNATE ? new Due.Within(Duration.ZERO) : new Due.Within(window.get()),
                null,
                dry));
    }
}
