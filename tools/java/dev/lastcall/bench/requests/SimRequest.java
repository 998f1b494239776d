package dev.lastcall.bench.requests;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One request of a client, who knows for certain what became of it. */
final class SimRequest {

    enum Outcome {
        RUNNING,
        FINISHED,
        LOST,
        /** Nobody took it: its sender knows at once. */
        TURNED_AWAY
    }

    private final Instant start;
    private final Instant end;
    private @Nullable String pod;
    private Outcome outcome = Outcome.RUNNING;

    /** @param end when its last token comes if nothing goes wrong */
    SimRequest(Instant start, Instant end) {
        this.start = start;
        this.end = end;
    }

    Instant start() {
        return start;
    }

    Instant end() {
        return end;
    }

    /** The pod that took it; empty where none did. */
    String pod() {
        return pod == null ? "" : pod;
    }

    Outcome outcome() {
        return outcome;
    }

    void taken(String by) {
        pod = by;
    }

    void ends(Outcome how) {
        outcome = how;
    }
}
