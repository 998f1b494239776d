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
 * A thousand jobs, three workers of which one is killed every three seconds in the middle of a job, and a Redis that is killed
 * when half of the jobs are done. The second test puts the same jobs and kills before a worker that takes them with LPOP.
 */
class KilledWorkersIT {

    private static final int JOBS = 1000;
    private static final int TOKENS = 12;
    private static final int WORKERS = 3;
    private static final int CONCURRENCY = 8;
    private static final Duration BETWEEN_KILLS = Duration.ofSeconds(3);
    /** The 24 places of three workers need 30 s for the jobs, even if nobody is killed. */
    private static final int MILLIS_PER_TOKEN = 60;

    private static final int KILLS = 8;

    private static final String[] DURABLE = {
        "--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0"
    };

    @Test
    void a_thousand_jobs_have_one_result_each_though_a_worker_is_killed_every_three_seconds_and_redis_once() {
        try (Scene scene = new Scene(DURABLE)) {
            Kills kills = new Kills(scene.engine, BETWEEN_KILLS, name -> worker(scene, name));
            long began = System.nanoTime();
            run(scene, kills);
            long seconds = (System.nanoTime() - began) / 1_000_000_000;
            soon().until(() -> {
                kills.step();
                return kills.allEnded();
            });

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
                    "%d results of %d jobs in %d s: %d workers killed, one every %.1f s; Redis killed once; %d"
                            + " requests%n",
                    scene.queue.results(),
                    JOBS,
                    seconds,
                    kills.kills(),
                    (double) seconds / kills.kills(),
                    scene.engine.requests().size());
        }
    }

    @Test
    void a_worker_that_takes_jobs_with_lpop_loses_one_at_each_kill() {
        try (Scene scene = new Scene(DURABLE)) {
            List<Process> processes = new ArrayList<>();
            try {
                Kills kills = new Kills(scene.engine, BETWEEN_KILLS, name -> {
                    Process process = PlainWorker.start(scene.redis, scene.engine, name, CONCURRENCY);
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
        scene.engine.slowed(MILLIS_PER_TOKEN);
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
                "ENGINE_API_KEY",
                name,
                "LEASE_SECONDS",
                "2",
                "CONCURRENCY",
                Integer.toString(CONCURRENCY),
                "CHECKPOINT_TOKENS",
                "4");
        return new Kills.Worker(worker::kill, worker::alive);
    }
}
