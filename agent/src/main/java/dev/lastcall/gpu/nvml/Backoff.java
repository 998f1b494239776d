package dev.lastcall.gpu.nvml;

import java.time.Duration;

/** When the next attempt may be made: at once, then after waits that double up to a limit. Elapsed time, no wall clock. For one thread. */
final class Backoff {

    private final Duration first;
    private final Duration max;
    private Duration next;
    private long notBefore = System.nanoTime();

    Backoff(Duration first, Duration max) {
        this.first = first;
        this.max = max;
        this.next = first;
    }

    /** Another one with the same waits, due at once. */
    Backoff anew() {
        return new Backoff(first, max);
    }

    boolean due() {
        return System.nanoTime() - notBefore >= 0;
    }

    /** How long until {@link #due}; zero when it is. */
    Duration left() {
        return Duration.ofNanos(Math.max(0, notBefore - System.nanoTime()));
    }

    void failed() {
        notBefore = System.nanoTime() + next.toNanos();
        Duration doubled = next.multipliedBy(2);
        next = doubled.compareTo(max) > 0 ? max : doubled;
    }

    void succeeded() {
        next = first;
        notBefore = System.nanoTime();
    }
}
