package dev.lastcall.worker.run;

import dev.lastcall.worker.config.WorkerConfig;
import dev.lastcall.worker.engine.EngineClient;
import dev.lastcall.worker.job.Endings;
import dev.lastcall.worker.job.JobReader;
import dev.lastcall.worker.metrics.WorkerMeters;
import dev.lastcall.worker.queue.JobQueue;
import org.jboss.logging.Logger;

/** What every job of this worker shares. */
record Workplace(
        WorkerConfig config,
        JobQueue queue,
        RedisContact contact,
        EngineClient engine,
        Throttle throttle,
        JobReader reader,
        Endings endings,
        WorkerMeters meters,
        Said said,
        Logger log) {}
