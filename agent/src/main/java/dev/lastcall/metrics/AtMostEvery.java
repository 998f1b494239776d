package dev.lastcall.metrics;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * Runs an action soon after it was asked for, beside the caller, and not more often than it has to: what is asked for in the pause is
 * done once, after it. The last request is never forgotten.
 */
public final class AtMostEvery {
    private static final Logger LOG = Logger.getLogger(AtMostEvery.class);

    private final Duration pause;
    private final Runnable action;
    private final AtomicBoolean asked = new AtomicBoolean();
    private final AtomicBoolean running = new AtomicBoolean();

    public AtMostEvery(Duration pause, Runnable action) {
        this.pause = pause;
        this.action = action;
    }

    /** Returns at once. */
    public void soon() {
        asked.set(true);
        if (running.compareAndSet(false, true)) {
            Thread.ofVirtual().name("gauges").start(this::run);
        }
    }

    private void run() {
        try {
            while (asked.getAndSet(false)) {
                try {
                    action.run();
                } catch (RuntimeException failed) {
                    LOG.error("what is known could not be shown", failed);
                }
                Thread.sleep(pause);
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            running.set(false);
            // Asked for between the last look and this line.
            if (asked.get() && !Thread.currentThread().isInterrupted()) {
                soon();
            }
        }
    }
}
