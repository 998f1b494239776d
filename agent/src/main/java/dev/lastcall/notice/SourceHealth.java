package dev.lastcall.notice;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How one source does.
 *
 * @param up true from a successful reading until the first failed one
 * @param since when it was last seen well, or when it was first asked if it never was: blindness counts from here
 * @param lastSuccess null if it never answered
 * @param failures failed readings in a row
 * @param code of the last failure; null while up
 * @param detail of the last failure; null while up
 */
public record SourceHealth(
        SourceId id,
        boolean up,
        Instant since,
        @Nullable Instant lastSuccess,
        int failures,
        @Nullable String code,
        @Nullable String detail) {

    /** Not asked yet. */
    public static SourceHealth starting(SourceId id, Instant now) {
        return new SourceHealth(id, false, now, null, 0, null, null);
    }

    /** After one more reading. */
    public SourceHealth after(Observation observation, Instant now) {
        return switch (observation) {
            case Observation.Failed failed ->
                new SourceHealth(id, false, since, lastSuccess, failures + 1, failed.code(), failed.detail());
            case Observation.Nothing() -> new SourceHealth(id, true, now, now, 0, null, null);
            case Observation.Seen seen -> new SourceHealth(id, true, now, now, 0, null, null);
        };
    }

    /**
     * True if its last success is older than this, whatever the last reading said: one that hangs, or whose reader has
     * ended, fails no more than one that is well. The node may be doomed and nobody would know.
     */
    public boolean isBlind(Instant now, Duration blindAfter) {
        return Duration.between(since, now).compareTo(blindAfter) > 0;
    }

    /** Why it probably fails and what to do, in one sentence. */
    public String likelyCause() {
        if (code == null) {
            return up ? "none" : "not asked yet";
        }
        return BlindnessCause.of(id.cloud(), code);
    }
}
