package dev.lastcall.worker.run;

import dev.lastcall.worker.queue.RedisFault;
import dev.lastcall.worker.queue.RedisFault.Kind;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Whether Redis answers: said when it changes and every ten seconds while it does not. */
public final class RedisContact {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long REPEAT_NANOS = Duration.ofSeconds(10).toNanos();

    private final Logger log;
    private final LongSupplier nanos;
    private long goodAt;
    private long saidAt;
    private boolean everGood;
    private @Nullable RedisFault fault;

    RedisContact(Logger log, LongSupplier nanos) {
        this.log = log;
        this.nanos = nanos;
        this.goodAt = nanos.getAsLong();
        this.saidAt = goodAt - REPEAT_NANOS;
    }

    /** Passes on what Redis did, and remembers it. */
    <T> T ask(Supplier<T> step) {
        try {
            T answer = step.get();
            good();
            return answer;
        } catch (RedisFault e) {
            bad(e);
            throw e;
        }
    }

    private synchronized void good() {
        if (fault != null) {
            log.info("Redis answers again");
        }
        goodAt = nanos.getAsLong();
        everGood = true;
        fault = null;
    }

    private synchronized void bad(RedisFault now) {
        long at = nanos.getAsLong();
        if (now.kind() == Kind.READ_ONLY || now.kind() == Kind.OTHER) {
            goodAt = at;
        }
        boolean other = fault == null || fault.kind() != now.kind();
        fault = now;
        if (other || at - saidAt >= REPEAT_NANOS) {
            saidAt = at;
            log.warn(now.getMessage());
        }
    }

    /** Null while it answers. */
    public synchronized @Nullable RedisFault fault() {
        return fault;
    }

    /** Refused for good at the first contact: a setting is wrong, waiting changes nothing. */
    synchronized boolean neverLetIn() {
        return !everGood && fault != null && (fault.kind() == Kind.DENIED || fault.kind() == Kind.OTHER);
    }

    synchronized boolean lost() {
        return fault != null && nanos.getAsLong() - goodAt >= PATIENCE.toNanos();
    }

    /** For the readiness check. */
    public synchronized boolean answers() {
        return everGood && fault == null;
    }
}
