package dev.lastcall.drain.run;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** Real time: wakes all waiting threads of one drain when anything it decides by has changed. */
final class Changes implements Waiting {
    /** A change can slip between a check and the wait only if its source forgot to say so: look again this often. */
    private static final Duration LONGEST_SLEEP = Duration.ofMillis(500);

    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    Changes(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public Instant now() {
        return clock.instant();
    }

    @Override
    public void signal() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The condition is checked under the lock. */
    @Override
    public boolean await(BooleanSupplier condition, Instant until) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!condition.getAsBoolean()) {
                Duration left = Duration.between(clock.instant(), until);
                if (left.isNegative() || left.isZero()) {
                    return false;
                }
                Duration nap = left.compareTo(LONGEST_SLEEP) < 0 ? left : LONGEST_SLEEP;
                // The boolean is of no use: whoever woke us, the condition decides.
                var _ = changed.await(nap.toNanos(), TimeUnit.NANOSECONDS);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void start(String name, Runnable body) {
        var _ = Thread.ofVirtual().name(name).start(body);
    }
}
