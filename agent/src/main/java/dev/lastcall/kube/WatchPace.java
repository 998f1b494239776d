package dev.lastcall.kube;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long a watch may be silent, so that a dead connection is noticed, and a new one tried, before the agent has to call
 * itself blind.
 *
 * @param blindAfter without a sign of life for this long the picture may be an old one
 */
record WatchPace(Duration blindAfter) {

    static final WatchPace DEFAULT = new WatchPace(Duration.ofSeconds(30));

    /** A watch that lived this long was a good one: its end is the server's routine and no failure. */
    private static final Duration ROUTINE = Duration.ofSeconds(5);

    private static final Duration LONGEST = Duration.ofMinutes(1);
    private static final Duration OPEN_LIMIT = Duration.ofSeconds(10);

    /** After this long without an event another watch is opened, and told to last no longer than this; at least 1 s. */
    Duration quiet() {
        return capped(blindAfter.multipliedBy(2).dividedBy(3), LONGEST);
    }

    /** How long such a watch lasts: spread, so that a fleet that was cut off together does not come back in step for ever. */
    Duration lifetime(RandomGenerator random) {
        long most = Math.max(1, quiet().toSeconds());
        return Duration.ofSeconds(random.nextLong(Math.max(1, most * 4 / 5), most + 1));
    }

    /** A watch that was to end after {@link #quiet} and has said nothing for this long is dead. */
    Duration silence() {
        return quiet().plus(blindAfter.dividedBy(10));
    }

    /** Leaves room for a second try, on other connections, before {@link #blindAfter}. */
    Duration openTimeout() {
        return capped(blindAfter.dividedBy(6), OPEN_LIMIT);
    }

    long routineNanos() {
        return capped(quiet().dividedBy(2), ROUTINE).toNanos();
    }

    private static Duration capped(Duration wanted, Duration limit) {
        Duration atLeast = wanted.compareTo(Duration.ofSeconds(1)) < 0 ? Duration.ofSeconds(1) : wanted;
        return atLeast.compareTo(limit) > 0 ? limit : atLeast;
    }
}
