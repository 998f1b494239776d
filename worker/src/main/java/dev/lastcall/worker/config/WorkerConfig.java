package dev.lastcall.worker.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the worker was told.
 *
 * @param redis one address, or several of a cluster
 * @param cluster whether the keys carry a hash tag
 * @param queue the list's name, without braces
 * @param engine where the engine answers, without a trailing slash
 * @param concurrency most jobs at a time
 * @param lease how long a job stays with a worker that is not heard of
 * @param drain time for jobs in flight after SIGTERM
 * @param maxAttempts failed attempts until a job is dead
 * @param checkpointTokens how often a generation is stored, in tokens; 0 is never
 * @param idle how long the queue is empty before the worker ends; zero is never
 * @param silence the longest an engine may say nothing
 * @param priority vLLM's, for requests that name none
 */
public record WorkerConfig(
        List<URI> redis,
        boolean cluster,
        @Nullable String redisPassword,
        String queue,
        URI engine,
        @Nullable String engineApiKey,
        int concurrency,
        Duration lease,
        Duration drain,
        int maxAttempts,
        int checkpointTokens,
        Duration idle,
        Duration silence,
        @Nullable Integer priority,
        int httpPort) {

    public WorkerConfig {
        redis = List.copyOf(redis);
    }

    /** Where Redis is, for people: never with a password. */
    public String redisName() {
        return String.join(
                ",",
                redis.stream().map(uri -> uri.getHost() + ":" + uri.getPort()).toList());
    }

    /** Secrets stay out of logs. */
    @Override
    public String toString() {
        return "queue " + queue + " at " + redisName() + ", engine " + engine + ", " + concurrency + " at a time";
    }
}
