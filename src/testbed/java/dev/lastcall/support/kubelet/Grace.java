package dev.lastcall.support.kubelet;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** The moment a terminating pod is killed. It can only come nearer: a second DELETE may shorten the grace, never extend it. */
final class Grace {

    private long givenSeconds;
    private long endNanos;

    Grace(long seconds) {
        this.givenSeconds = seconds;
        this.endNanos = end(seconds);
    }

    /**
     * Obeys a grace period that was read again: only one shorter than the last given starts anew, from now, and never
     * beyond the end that stands.
     */
    synchronized void shorten(long seconds) {
        if (seconds >= givenSeconds) {
            return;
        }
        givenSeconds = seconds;
        long candidate = end(seconds);
        if (candidate - endNanos < 0) {
            endNanos = candidate;
            notifyAll();
        }
    }

    /** What is left of it. */
    synchronized Duration left() {
        return Duration.ofNanos(Math.max(0, endNanos - System.nanoTime()));
    }

    /**
     * Waits until {@code done} completes or the grace is over, whichever is first.
     *
     * @param atLeast waits this long even if the grace ends before (kubelet leaves every container 2 s after SIGTERM)
     * @return true if done completed
     */
    boolean await(CompletableFuture<?> done, Duration atLeast) throws InterruptedException {
        long floor = System.nanoTime() + atLeast.toNanos();
        done.whenComplete((value, error) -> wake());
        synchronized (this) {
            while (!done.isDone()) {
                long now = System.nanoTime();
                long left = Math.max(endNanos - now, floor - now);
                if (left <= 0) {
                    return false;
                }
                TimeUnit.NANOSECONDS.timedWait(this, Math.max(left, 1_000_000));
            }
            return true;
        }
    }

    private synchronized void wake() {
        notifyAll();
    }

    private static long end(long seconds) {
        // No matter what, the kubelet grants one second.
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(Math.max(1, seconds));
    }

    /** The exit code, 128 if the program's future failed. */
    static int exitCode(CompletableFuture<Integer> exited) throws InterruptedException {
        try {
            return exited.get();
        } catch (ExecutionException e) {
            return 128;
        }
    }
}
