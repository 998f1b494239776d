package dev.lastcall.notice.http;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** How an answer is waited for: in real time, except in a test of answers that never come. */
@FunctionalInterface
public interface Patience {

    /**
     * Returns when the answer is there.
     *
     * @throws TimeoutException the limit has passed without it
     */
    void await(CompletableFuture<?> answer, Duration limit)
            throws InterruptedException, ExecutionException, TimeoutException;

    static Patience real() {
        return (answer, limit) -> {
            var _ = answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        };
    }
}
