package dev.lastcall.drain;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the API server said to an eviction or a deletion. Accepted is not gone: the pod is gone when it answers 404 or
 * with another UID. Facts: kubernetes {@code pkg/registry/core/pod/storage/eviction.go}.
 */
public sealed interface EvictionAnswer {

    /** 200 or 201: the deletion timestamp is set. */
    record Accepted() implements EvictionAnswer {}

    /**
     * 429 with cause DisruptionBudget, or 500 "more than one PodDisruptionBudget": a budget refuses.
     *
     * @param retryAfter only where the budget's controller lags behind; usually null
     * @param permanent two budgets cover the pod: no retry ever succeeds
     */
    record Blocked(String reason, @Nullable Duration retryAfter, boolean permanent) implements EvictionAnswer {}

    /** 429 without that cause: the API server itself is busy. */
    record Throttled(@Nullable Duration retryAfter) implements EvictionAnswer {}

    /** 404: done. */
    record Gone() implements EvictionAnswer {}

    /** 409 on the UID precondition: another pod stands there, ours is gone. */
    record Replaced() implements EvictionAnswer {}

    /**
     * 403.
     *
     * @param namespaceTerminating the namespace goes away by itself: wait, do not fail
     */
    record Forbidden(String reason, boolean namespaceTerminating) implements EvictionAnswer {}

    /** Any other answer, or none: try again while there is time. */
    record Failed(int status, String reason) implements EvictionAnswer {}
}
