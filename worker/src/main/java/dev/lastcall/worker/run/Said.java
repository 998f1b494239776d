package dev.lastcall.worker.run;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/** Says what many jobs meet at once, but not once per job. */
final class Said {

    private static final long REPEAT_NANOS = Duration.ofSeconds(30).toNanos();

    private final Logger log;
    private final String engine;
    private final LongSupplier nanos;
    private long saidAt;

    Said(Logger log, String engine, LongSupplier nanos) {
        this.log = log;
        this.engine = engine;
        this.nanos = nanos;
        this.saidAt = nanos.getAsLong() - REPEAT_NANOS;
    }

    synchronized void engineSilent(String why) {
        long now = nanos.getAsLong();
        if (now - saidAt >= REPEAT_NANOS) {
            saidAt = now;
            log.warnf(
                    "the engine at %s does not answer (ENGINE_URL): %s; its jobs are back in the queue and tried on",
                    engine, why);
        }
    }
}
