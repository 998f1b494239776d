package dev.lastcall.serving.findings;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the engine in a pod; null means unknown, and then no finding builds on it.
 *
 * @param kind which engine
 * @param capacity what it can still finish after its termination signal; zero: it aborts
 * @param p99 99 of 100 of its requests were shorter; only a running engine knows
 * @param coldStart from the start of a pod until it serves
 */
public record EngineFacts(
        Engine kind,
        @Nullable Duration capacity,
        @Nullable Duration p99,
        @Nullable Duration coldStart) {

    public boolean serves() {
        return kind != Engine.NONE;
    }

    public boolean aborts() {
        return capacity != null && capacity.isZero();
    }
}
