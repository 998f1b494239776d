package dev.lastcall.worker.queue;

import dev.lastcall.worker.support.RedisServer;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A real Redis for a {@code @QuarkusTest}. */
public final class RedisResource implements QuarkusTestResourceLifecycleManager {

    private @Nullable RedisServer server;

    @Override
    public Map<String, String> start() {
        RedisServer started = RedisServer.with();
        server = started;
        return Map.of("REDIS_URL", started.url());
    }

    @Override
    public void stop() {
        if (server != null) {
            server.close();
        }
    }
}
