package dev.lastcall.worker.run;

import dev.lastcall.worker.queue.QueueState;
import java.time.Duration;

/**
 * Whether the queue has been empty for long enough. Jobs that wait count as the queue, since nobody would be started for them;
 * so does a lease that has not been renewed since the queue got empty: its worker may be dead, and its job comes back.
 */
final class Idle {

    private final Duration limit;
    private final Duration lease;
    private long since = -1;

    /** @param limit zero: never */
    Idle(Duration limit, Duration lease) {
        this.limit = limit;
        this.lease = lease;
    }

    /** @param busy whether this worker has jobs */
    boolean over(QueueState state, boolean busy) {
        if (limit.isZero() || busy || state.pending() > 0 || state.delayed() > 0) {
            since = -1;
            return false;
        }
        if (since < 0) {
            since = state.nowMillis();
        }
        boolean leasesAlive =
                state.earliestExpiryMillis() < 0 || state.earliestExpiryMillis() >= since + lease.toMillis();
        return leasesAlive && state.nowMillis() - since >= limit.toMillis();
    }
}
