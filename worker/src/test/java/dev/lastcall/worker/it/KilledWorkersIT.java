package dev.lastcall.worker.it;

import static dev.lastcall.worker.it.Scene.soon;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.worker.support.OpenAiEngine;
import dev.lastcall.worker.support.PlainWorker;
import dev.lastcall.worker.support.Queue;
import dev.lastcall.worker.support.WorkerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A thousand jobs, three workers of which one after the other is killed in the middle of a job, and a Redis that is killed when
 * half of them are done. The second test puts the same jobs and kills before a worker that takes them with LPOP.
 */
class KilledWorkersIT {

    private static final int JOBS = 1000;
    private static final int TOKENS = 12;
    private static final int WORKERS = 3;
    private static final int REQUESTS_PER_KILL = 100;
    /** As many as there are at least, since requests of killed workers come again. */
    private static final int KILLS = 8;

    private static final String[] DURABLE = {
        "--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0"
    };

    @Test
    void a_thousand_jobs_have_a_thousand_results_none_twice_though_workers_and_redis_are_killed() {
        try (Scene scene = new Scene(DURABLE)) {
            scene.engine.slowed(20);
            Kills kills = new Kills(scene.engine, REQUESTS_PER_KILL, name -> worker(scene, name));
            long began = System.nanoTime();
            run(scene, kills);
            long seconds = (System.nanoTime() - began) / 1_000_000_000;
            soon().until(kills::allEnded);

            assertThat(scene.queue.results()).isEqualTo(JOBS);
            assertThat(kills.kills()).isGreaterThanOrEqualTo(KILLS);
            for (int i = 0; i < JOBS; i++) {
                JsonNode result = scene.queue.result("job-" + i);
                assertThat(result.at("/response/choices/0/text").textValue())
                        .isEqualTo(OpenAiEngine.text("tell " + i, TOKENS));
                assertThat(result.path("attempts").intValue()).isEqualTo(1);
            }
            assertThat(scene.queue.dead()).isEmpty();
            assertThat(scene.queue.leavesNothingElse()).isTrue();
            List<String> written = scene.redis.written("HSETNX", Queue.NAME + ":results");
            assertThat(written).hasSize(JOBS).doesNotHaveDuplicates();
            System.out.printf(
                    "%d results of %d jobs in %d s: %d workers killed, one every %d s; Redis killed once; %d"
                            + " requests%n",
                    scene.queue.results(),
                    JOBS,
                    seconds,
                    kills.kills(),
                    seconds / kills.kills(),
                    scene.engine.requests().size());
        }
    }

    @Test
    void a_worker_that_takes_jobs_with_lpop_loses_one_at_each_kill() {
        try (Scene scene = new Scene(DURABLE)) {
            // One job at a time: the engine is faster, or this would take minutes.
            scene.engine.slowed(5);
            List<Process> processes = new ArrayList<>();
            try {
                scene.engine.slowed(20);
                Kills kills = new Kills(scene.engine, REQUESTS_PER_KILL, name -> {
                    Process process = PlainWorker.start(scene.redis, scene.engine, name);
                    processes.add(process);
                    return new Kills.Worker(process::destroyForcibly, process::isAlive);
                });
                run(scene, kills);
                long lost = JOBS - scene.queue.results();
                System.out.printf("LPOP: %d of %d jobs lost with %d kills%n", lost, JOBS, kills.kills());
                assertThat(kills.kills()).isGreaterThanOrEqualTo(KILLS);
                assertThat(lost).isGreaterThanOrEqualTo(kills.kills());
            } finally {
                processes.forEach(Process::destroyForcibly);
            }
        }
    }

    /** Until nothing is left to do: all results are there, or nobody has a job any more. */
    private static void run(Scene scene, Kills kills) {
        for (int i = 0; i < JOBS; i++) {
            scene.queue.push(Queue.job("job-" + i, "tell " + i, TOKENS));
        }
        for (int i = 0; i < WORKERS; i++) {
            kills.add();
        }
        boolean[] redisKilled = {false};
        // Each kill costs a start of the program, which is slow on a busy machine.
        soon().atMost(Duration.ofMinutes(15)).until(() -> {
            kills.step();
            long results = scene.queue.results();
            if (results >= JOBS / 2 && !redisKilled[0]) {
                redisKilled[0] = true;
                scene.redis.kill();
                scene.redis.start();
            }
            if (scene.queue.pending() > 0) {
                kills.replaceEnded();
            }
            return results == JOBS || kills.allEnded();
        });
        assertThat(redisKilled[0]).isTrue();
    }

    private static Kills.Worker worker(Scene scene, String name) {
        WorkerProcess worker = scene.worker(
                "ENGINE_API_KEY", name, "LEASE_SECONDS", "2", "CONCURRENCY", "8", "CHECKPOINT_TOKENS", "4");
        return new Kills.Worker(worker::kill, worker::alive);
    }
}
