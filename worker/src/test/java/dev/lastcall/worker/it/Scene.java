package dev.lastcall.worker.it;

import dev.lastcall.worker.support.OpenAiEngine;
import dev.lastcall.worker.support.Queue;
import dev.lastcall.worker.support.RedisServer;
import dev.lastcall.worker.support.WorkerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** One Redis, one engine, and the workers that a test starts; all end with it. */
final class Scene implements AutoCloseable {

    final RedisServer redis;
    final OpenAiEngine engine = OpenAiEngine.start();
    final Queue queue;
    private final List<WorkerProcess> workers = new ArrayList<>();

    Scene(String... redisOptions) {
        redis = RedisServer.with(redisOptions);
        queue = new Queue(redis);
    }

    /** A worker that ends three seconds after the last job. @param settings name, value, … */
    WorkerProcess worker(String... settings) {
        WorkerProcess worker = WorkerProcess.start(environment(settings));
        workers.add(worker);
        return worker;
    }

    /** The same by another command line, such as that of its image. */
    WorkerProcess worker(List<String> command) {
        WorkerProcess worker = WorkerProcess.start(environment(), command);
        workers.add(worker);
        return worker;
    }

    /** One of the commands for people. */
    WorkerProcess command(String... arguments) {
        WorkerProcess worker = WorkerProcess.start(environment(), arguments);
        workers.add(worker);
        return worker;
    }

    private Map<String, String> environment(String... settings) {
        Map<String, String> environment = new HashMap<>();
        environment.put("REDIS_URL", redis.url());
        environment.put("ENGINE_URL", engine.url());
        environment.put("IDLE_SECONDS", "3");
        for (int i = 0; i < settings.length; i += 2) {
            environment.put(settings[i], settings[i + 1]);
        }
        return environment;
    }

    static ConditionFactory soon() {
        return Awaitility.await().pollInterval(Duration.ofMillis(20)).atMost(Duration.ofMinutes(5));
    }

    @Override
    public void close() {
        workers.forEach(WorkerProcess::close);
        engine.close();
        redis.close();
    }
}
