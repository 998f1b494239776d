package dev.lastcall.bench.requests;

import java.time.Duration;

/** Who empties the doomed nodes. */
enum Drainer {
    LASTCALL("Lastcall", Duration.ZERO),
    /** What a handler of notices does that calls for {@code kubectl drain}. */
    EVICT_AT_ONCE("evict at once", Duration.ZERO),
    /** The same, with the hook that serving charts carry most often. */
    PRESTOP_15("evict at once, preStop sleeps 15 s", Duration.ofSeconds(15));

    private final String words;
    private final Duration preStop;

    Drainer(String words, Duration preStop) {
        this.words = words;
        this.preStop = preStop;
    }

    String words() {
        return words;
    }

    /** What the pods' hook sleeps. */
    Duration preStop() {
        return preStop;
    }
}
