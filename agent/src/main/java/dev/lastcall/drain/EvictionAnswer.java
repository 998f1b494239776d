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
     * Somebody says no to this request and would again: a budget (429 with its cause, 500 for two of them, 409 or 504 where the
     * server lost the race for it twenty times in a row), a webhook (429 without cause, 400, 403, 422, a 5xx that names it) or
     * the API server itself.
     *
     * @param retryAfter only where the budget's controller lags behind; usually null
     */
    record Refused(Refuser by, String reason, @Nullable Duration retryAfter) implements EvictionAnswer {}

    /** 429 of an API server that is busy: nobody has judged the request. */
    record Throttled(@Nullable Duration retryAfter) implements EvictionAnswer {}

    /**
     * The API server has had it for as long as was waited, and said nothing. Many evictions that one budget covers wait for
     * each other in the server's conflict loop, for up to 10 s each; a webhook may take 30.
     */
    record Unanswered() implements EvictionAnswer {}

    /** 404: done. */
    record Gone() implements EvictionAnswer {}

    /** 409 on the UID precondition: another pod stands there, ours is gone. */
    record Replaced() implements EvictionAnswer {}

    /** 403 for a namespace that is being deleted: its pods go by themselves. */
    record NamespaceEnding(String reason) implements EvictionAnswer {}

    /** Any other answer, or none: try again while there is time. */
    record Failed(int status, String reason) implements EvictionAnswer {}
}
