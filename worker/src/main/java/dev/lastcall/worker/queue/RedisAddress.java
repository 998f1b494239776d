package dev.lastcall.worker.queue;

import dev.lastcall.worker.config.WorkerConfig;
import io.quarkus.redis.client.RedisOptionsCustomizer;
import io.vertx.redis.client.RedisClientType;
import io.vertx.redis.client.RedisOptions;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.URI;
import java.util.List;

/** Tells Quarkus' Redis client where to go: in code, so that no password is taken for an expression. */
@ApplicationScoped
final class RedisAddress implements RedisOptionsCustomizer {

    private final WorkerConfig config;

    RedisAddress(WorkerConfig config) {
        this.config = config;
    }

    @Override
    public void customize(String clientName, RedisOptions options) {
        List<String> addresses = config.redis().stream().map(URI::toString).toList();
        options.setEndpoints(addresses);
        options.setType(config.cluster() ? RedisClientType.CLUSTER : RedisClientType.STANDALONE);
        if (config.redisPassword() != null) {
            options.setPassword(config.redisPassword());
        }
        // One command is short; jobs in flight may all end at once.
        options.setMaxPoolSize(8);
        options.setMaxPoolWaiting(8192);
    }
}
