package dev.lastcall.worker;

import dev.lastcall.worker.config.Environment;
import dev.lastcall.worker.config.WorkerConfig;
import dev.lastcall.worker.job.Json;
import dev.lastcall.worker.metrics.WorkerMeters;
import dev.lastcall.worker.queue.JobQueue;
import dev.lastcall.worker.run.BatchLoop;
import dev.lastcall.worker.run.Loops;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.redis.datasource.RedisDataSource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.InstantSource;
import org.eclipse.microprofile.config.Config;

/** What the container builds. */
@ApplicationScoped
class Beans {

    @Produces
    @Singleton
    InstantSource clock() {
        return Clock.systemUTC();
    }

    @Produces
    @Singleton
    Json json() {
        return new Json();
    }

    @Produces
    @Singleton
    WorkerConfig config(Config config) {
        return switch (Environment.read(
                name -> config.getOptionalValue(name, String.class).orElse(null))) {
            case Environment.Reading.Usable usable -> usable.config();
            case Environment.Reading.Refused refused ->
                throw new IllegalStateException(String.join("; ", refused.problems()));
        };
    }

    @Produces
    @Singleton
    JobQueue queue(RedisDataSource redis, WorkerConfig config) {
        return new JobQueue(redis, config.redisName(), config.queue(), config.cluster());
    }

    @Produces
    @Singleton
    WorkerMeters meters(MeterRegistry registry) {
        return new WorkerMeters(registry);
    }

    @Produces
    @Singleton
    BatchLoop loop(WorkerConfig config, JobQueue queue, WorkerMeters meters, Json json, InstantSource clock) {
        return Loops.create(config, queue, meters, json, clock);
    }
}
