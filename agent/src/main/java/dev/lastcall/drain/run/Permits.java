package dev.lastcall.drain.run;

import java.time.Instant;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * Bounds the evictions under way. Only those: a withdrawal or a forced deletion never queues behind the slow webhook
 * that somebody else's eviction waits for.
 */
final class Permits {
    private final Semaphore free;
    private final Waiting waiting;

    Permits(int bound, Waiting waiting) {
        this.free = new Semaphore(bound);
        this.waiting = waiting;
    }

    /** @param until from then on the request is sent without a permit: its pod has no more time to queue */
    <T> T request(Supplier<T> call, Instant until) throws InterruptedException {
        boolean held = waiting.await(free::tryAcquire, until);
        try {
            return call.get();
        } finally {
            if (held) {
                free.release();
                waiting.signal();
            }
        }
    }
}
