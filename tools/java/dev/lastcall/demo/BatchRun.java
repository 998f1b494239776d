package dev.lastcall.demo;

import static org.awaitility.Awaitility.await;

import dev.lastcall.demo.Style.Ink;
import dev.lastcall.demo.Timeline.Mark;
import dev.lastcall.support.batch.RedisQueue;
import dev.lastcall.support.batch.WorkerProgram;
import dev.lastcall.support.controlplane.ChildProcess;
import dev.lastcall.support.engine.EngineOptions;
import dev.lastcall.support.engine.VllmEngine;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** The batch half: jobs in a real Redis, three packaged workers, and one of them killed again and again. */
final class BatchRun {

    private static final int JOBS = 200;
    private static final int WORKERS = 3;
    private static final int RESULTS_PER_KILL = 30;
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private final Screen screen;
    private final Consumer<String> step;
    private final Path folder;
    private final Timeline timeline;
    private final Deque<ChildProcess> workers = new ArrayDeque<>();
    private int started;

    BatchRun(Screen screen, Consumer<String> step, Path folder) {
        this.screen = screen;
        this.step = step;
        this.folder = folder;
        this.timeline = new Timeline(screen.style());
    }

    /** @param killed workers that were killed while they held jobs */
    record Result(long results, long dead, int killed, Duration took) {
        boolean complete() {
            return results == JOBS && dead == 0;
        }
    }

    Result play() throws IOException {
        EngineOptions options = EngineOptions.tiny("--max-num-seqs", "16", "--lastcall-itl-ms", "40");
        try (RedisQueue redis = RedisQueue.start(folder);
                VllmEngine engine = VllmEngine.start(InetAddress.getLoopbackAddress(), 0, options, "engine")) {
            await("Redis answers").atMost(Duration.ofSeconds(30)).until(redis::answers);
            Map<String, String> environment = environment(redis, engine);
            submit(environment);
            step.accept(redis.pending() + " jobs of 20 tokens submitted to Redis, appendfsync always");
            screen.line(timeline.heading("200 batch jobs, and a worker killed after every 30 results"));
            return work(redis, environment);
        } finally {
            workers.forEach(ChildProcess::close);
        }
    }

    private Result work(RedisQueue redis, Map<String, String> environment) throws IOException {
        long began = System.nanoTime();
        for (int i = 0; i < WORKERS; i++) {
            workers.add(worker(environment));
        }
        int killed = 0;
        long results = 0;
        while (results + redis.dead() < JOBS && since(began).compareTo(LIMIT) < 0) {
            results = redis.results();
            screen.progress(timeline.results(since(began), results, JOBS));
            long leased = redis.leased();
            if (results >= (killed + 1L) * RESULTS_PER_KILL && leased > 0) {
                ChildProcess victim = workers.removeFirst();
                victim.close();
                killed++;
                screen.line(timeline.event(
                        since(began),
                        Mark.KILLED,
                        victim.name() + "  SIGKILL; " + leased + " jobs are leased at this moment"));
                workers.add(worker(environment));
                screen.line(timeline.event(
                        since(began), Mark.STARTED, workers.getLast().name() + "  in its place"));
            }
        }
        screen.settle();
        screen.line(timeline.event(since(began), Mark.DONE, results + " results"));
        return new Result(results, redis.dead(), killed, since(began));
    }

    List<String> score(Result result) {
        List<String> lines = new ArrayList<>();
        lines.add(screen.style().paint(Ink.DIM, "  batch jobs"));
        lines.add("  submitted            " + JOBS);
        lines.add("  results              " + result.results());
        lines.add("  dead letters         " + result.dead());
        lines.add("  without either       " + (JOBS - result.results() - result.dead()));
        lines.add("  workers killed       " + result.killed());
        return lines;
    }

    private void submit(Map<String, String> environment) throws IOException {
        Path file = Files.write(
                folder.resolve("jobs.jsonl"),
                IntStream.range(0, JOBS)
                        .mapToObj(i -> "{\"id\":\"job-" + i + "\",\"request\":{\"model\":\"tiny\",\"prompt\":\"Job " + i
                                + "\",\"max_tokens\":20}}")
                        .toList());
        try (ChildProcess submit = start("submit", environment, "submit", file.toString())) {
            await("the jobs are submitted").atMost(Duration.ofMinutes(1)).until(() -> !submit.alive());
        }
    }

    private ChildProcess worker(Map<String, String> environment) throws IOException {
        return start("worker-" + ++started, environment);
    }

    private ChildProcess start(String name, Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-jar",
                WorkerProgram.PROGRAM.toString()));
        command.addAll(List.of(arguments));
        return ChildProcess.start(name, command, environment, folder.resolve(name + ".log"));
    }

    private static Map<String, String> environment(RedisQueue redis, VllmEngine engine) {
        Map<String, String> environment = new HashMap<>();
        environment.put("REDIS_URL", redis.url());
        environment.put("ENGINE_URL", "http://127.0.0.1:" + engine.address().getPort());
        environment.put("LEASE_SECONDS", "3");
        environment.put("HTTP_PORT", "0");
        return environment;
    }

    private static Duration since(long began) {
        return Duration.ofNanos(System.nanoTime() - began);
    }
}
