package dev.lastcall.gpu.nvml;

import java.time.Duration;

/** When the next attempt may be made: at once, then after waits that double up to a limit. Elapsed time, no wall clock. */
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

    boolean due() {
        return System.nanoTime() - notBefore >= 0;
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
