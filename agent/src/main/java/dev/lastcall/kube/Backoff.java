package dev.lastcall.kube;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Waits between attempts: at least one second, growing to about five, spread so that the nodes of a fleet do not come
 * back in step.
 */
final class Backoff {

    private static final double FIRST_MILLIS = 1_000;
    private static final double LIMIT_MILLIS = 5_000;
    private static final double GROWTH = 1.6;

    private final RandomGenerator random;
    private int failures;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    Duration next() {
        double step = Math.min(LIMIT_MILLIS, FIRST_MILLIS * Math.pow(GROWTH, failures));
        failures = Math.min(failures + 1, 20);
        return Duration.ofMillis(Math.round(step * (1 + random.nextDouble() / 2)));
    }

    void succeeded() {
        failures = 0;
    }
}
