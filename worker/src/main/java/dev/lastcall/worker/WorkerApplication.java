package dev.lastcall.worker;

import dev.lastcall.worker.cli.ResultsCommand;
import dev.lastcall.worker.cli.SubmitCommand;
import dev.lastcall.worker.cli.WatchCommand;
import dev.lastcall.worker.config.WorkerConfig;
import dev.lastcall.worker.job.Json;
import dev.lastcall.worker.queue.JobQueue;
import dev.lastcall.worker.queue.RedisFault;
import dev.lastcall.worker.run.BatchLoop;
import dev.lastcall.worker.run.Ending;
import io.quarkus.runtime.QuarkusApplication;
import jakarta.enterprise.inject.Instance;
import java.time.InstantSource;
import sun.misc.Signal;

/** Does what the command line asks for; returns the exit code. */
final class WorkerApplication implements QuarkusApplication {

    private final Instance<BatchLoop> loop;
    private final JobQueue queue;
    private final WorkerConfig config;
    private final Json json;
    private final InstantSource clock;

    WorkerApplication(Instance<BatchLoop> loop, JobQueue queue, WorkerConfig config, Json json, InstantSource clock) {
        this.loop = loop;
        this.queue = queue;
        this.config = config;
        this.json = json;
        this.clock = clock;
    }

    @Override
    public int run(String... args) {
        try {
            return switch (Command.read(args)) {
                case Command.Work work -> work();
                case Command.Submit submit -> new SubmitCommand(queue, json, clock).run(submit.file());
                case Command.Watch watch -> new WatchCommand(queue).run();
                case Command.Results results -> new ResultsCommand(queue, json).run(results.file());
                case Command.Unreadable unreadable -> Main.BAD_USAGE;
            };
        } catch (RedisFault e) {
            System.err.println("lastcall-worker: " + e.getMessage());
            return e.kind() == RedisFault.Kind.DENIED ? Ending.NOT_LET_IN.code() : Ending.REDIS_LOST.code();
        }
    }

    private int work() {
        BatchLoop work = loop.get();
        for (String name : new String[] {"TERM", "INT"}) {
            Signal.handle(new Signal(name), signal -> work.stop());
        }
        Ending ending = work.run();
        if (ending == Ending.NOT_LET_IN || ending == Ending.REDIS_LOST) {
            RedisFault fault = work.contact().fault();
            System.err.println("lastcall-worker: " + (fault == null ? config.redisName() : fault.getMessage()));
        }
        return ending.code();
    }
}
