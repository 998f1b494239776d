package dev.lastcall.demo;

import static org.awaitility.Awaitility.await;

import dev.lastcall.demo.Style.Ink;
import dev.lastcall.demo.Timeline.Mark;
import dev.lastcall.support.batch.RedisQueue;
import dev.lastcall.support.controlplane.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Jobs in a real Redis, packaged workers, and one of them killed again and again. */
final class BatchRun {

    private static final int JOBS = 200;
    private static final int RESULTS_PER_KILL = 30;
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private final Screen screen;
    private final Path folder;
    private final Timeline timeline;

    BatchRun(Screen screen, Path folder) {
        this.screen = screen;
        this.folder = folder;
        this.timeline = new Timeline(screen.style());
    }

    /** @param killed workers that were killed; each moment had leased jobs, though perhaps another worker's */
    record Result(long results, long dead, int killed, Duration took) {
        boolean complete() {
            return results == JOBS && dead == 0;
        }
    }

    /** Puts the jobs into the queue, as a producer with the worker's own command does. */
    void submit(RedisQueue redis) throws IOException {
        Path file = Files.write(
                folder.resolve("jobs.jsonl"),
                IntStream.range(0, JOBS)
                        .mapToObj(i -> "{\"id\":\"job-" + i + "\",\"request\":{\"model\":\"tiny\",\"prompt\":\"Job " + i
                                + "\",\"max_tokens\":20}}")
                        .toList());
        try (ChildProcess submit =
                Workers.process("submit", folder, Map.of("REDIS_URL", redis.url()), "submit", file.toString())) {
            await("the jobs are submitted").atMost(Duration.ofMinutes(1)).until(() -> !submit.alive());
        }
        screen.line(
                timeline.heading(JOBS + " batch jobs in Redis (appendfsync always), and a worker killed after every "
                        + RESULTS_PER_KILL + " results"));
    }

    Result play(RedisQueue redis, Workers workers) throws IOException {
        long began = System.nanoTime();
        int killed = 0;
        long results = 0;
        while (results + redis.dead() < JOBS && since(began).compareTo(LIMIT) < 0) {
            results = redis.results();
            screen.progress(timeline.results(since(began), results, JOBS));
            long leased = redis.leased();
            if (results >= (killed + 1L) * RESULTS_PER_KILL && leased > 0) {
                Optional<String> victim = workers.killOne();
                if (victim.isPresent()) {
                    killed++;
                    screen.line(timeline.event(
                            since(began),
                            Mark.KILLED,
                            victim.get() + "  SIGKILL; " + leased + " jobs are leased at this moment"));
                }
            }
        }
        screen.settle();
        screen.line(timeline.event(since(began), Mark.DONE, results + " results"));
        return new Result(results, redis.dead(), killed, since(began));
    }

    List<String> score(Result result) {
        List<String> lines = new ArrayList<>();
        lines.add(screen.style().paint(Ink.DIM, "  batch jobs"));
        lines.add("  submitted                     " + JOBS);
        lines.add("  results                       " + result.results());
        lines.add("  dead letters                  " + result.dead());
        lines.add("  without either                " + (JOBS - result.results() - result.dead()));
        lines.add("  workers killed                " + result.killed());
        return lines;
    }

    private static Duration since(long began) {
        return Duration.ofNanos(System.nanoTime() - began);
    }
}
