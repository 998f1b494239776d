package dev.lastcall.worker.run;

import dev.lastcall.worker.config.WorkerConfig;
import dev.lastcall.worker.engine.EngineClient;
import dev.lastcall.worker.job.Endings;
import dev.lastcall.worker.job.JobReader;
import dev.lastcall.worker.job.Json;
import dev.lastcall.worker.metrics.WorkerMeters;
import dev.lastcall.worker.queue.JobQueue;
import java.time.InstantSource;
import java.util.UUID;
import org.jboss.logging.Logger;

/** Puts a loop together. */
public final class Loops {

    private Loops() {}

    public static BatchLoop create(
            WorkerConfig config, JobQueue queue, WorkerMeters meters, Json json, InstantSource clock) {
        Logger log = Logger.getLogger("dev.lastcall.worker");
        EngineClient engine = new EngineClient(
                config.engine(),
                config.engineApiKey(),
                config.checkpointTokens(),
                config.priority(),
                json,
                clock,
                log::warn);
        Workplace place = new Workplace(
                config,
                queue,
                new RedisContact(log, System::nanoTime),
                engine,
                new Throttle(config.concurrency(), System::nanoTime),
                new JobReader(json),
                new Endings(json, clock),
                meters,
                new Said(log, config.engine().toString(), System::nanoTime),
                log);
        return new BatchLoop(place, UUID.randomUUID().toString());
    }
}
