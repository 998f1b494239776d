package dev.lastcall.drain.run;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;

/**
 * Time as a drain lives through it: what it is, how one waits, and who lives beside one. All waiting of a drain goes
 * through here, so that a test can step the time and walk two minutes in milliseconds, with every race ordered.
 */
public interface Waiting {

    Instant now();

    /**
     * Waits until the condition holds or the moment has come. The condition is asked at every {@link #signal()}; it must
     * be quick and send nothing.
     *
     * @return whether the condition held
     */
    boolean await(BooleanSupplier condition, Instant until) throws InterruptedException;

    /** Something that a condition may ask about has changed. */
    void signal();

    /** Runs the body beside the caller, on a thread of that name. */
    void start(String name, Runnable body);

    /** Real time, and virtual threads. */
    static Waiting on(InstantSource clock) {
        return new Changes(clock);
    }
}
