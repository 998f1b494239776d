package dev.lastcall.worker.queue;

/**
 * How many jobs are where.
 *
 * @param nowMillis Redis' clock
 * @param earliestExpiryMillis when the first lease lapses, -1 without a lease
 */
public record QueueState(
        long nowMillis, long pending, long leased, long delayed, long dead, long results, long earliestExpiryMillis) {

    /** Jobs without a result or a dead letter. */
    public long open() {
        return pending + leased + delayed;
    }
}
