package dev.lastcall.worker.bench;

import dev.lastcall.worker.support.OpenAiEngine;
import dev.lastcall.worker.support.Queue;
import dev.lastcall.worker.support.RedisServer;
import dev.lastcall.worker.support.WorkerProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.awaitility.Awaitility;

/** The measurements. Each has a Redis and an engine of its own. */
final class Rounds {

    static final int JOBS = 1000;
    static final int LEASE_SECONDS = 2;

    private static final String LONG_JOB = "long";
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final List<String> command;
    private final RedisServer redis;
    private final OpenAiEngine engine;

    private Rounds(List<String> command, RedisServer redis, OpenAiEngine engine) {
        this.command = command;
        this.redis = redis;
        this.engine = engine;
    }

    /** A worker that is ready, and how long that took from the start of its process. */
    private record Ready(WorkerProcess process, double millis) {}

    /** ms from the start of the process to 200 on /health/ready: Redis has answered its first claim. One more is not counted. */
    static List<Double> starts(List<String> command, int count) throws Exception {
        try (RedisServer redis = RedisServer.with();
                OpenAiEngine engine = OpenAiEngine.start()) {
            Rounds rounds = new Rounds(command, redis, engine);
            List<Double> millis = new ArrayList<>();
            for (int i = 0; i <= count; i++) {
                Ready ready = rounds.worker(60);
                ready.process.close();
                if (i > 0) {
                    millis.add(ready.millis);
                }
            }
            return millis;
        }
    }

    static Bench.Memory memory(List<String> command) throws Exception {
        try (RedisServer redis = RedisServer.with();
                OpenAiEngine engine = OpenAiEngine.start();
                WorkerProcess worker = new Rounds(command, redis, engine).worker(60).process) {
            double afterStart = mebibytes(worker, "VmRSS");
            Queue queue = new Queue(redis);
            for (int i = 0; i < JOBS; i++) {
                queue.push(Queue.job("job-" + i, "tell " + i, 100));
            }
            Awaitility.await().atMost(LIMIT).until(() -> queue.results() == JOBS);
            return new Bench.Memory(afterStart, mebibytes(worker, "VmRSS"), mebibytes(worker, "VmHWM"));
        }
    }

    /** ms from SIGTERM to a worker that holds a job, to the engine's receipt of that job from a worker that waits for one. */
    static List<Double> handovers(List<String> command, int count) throws Exception {
        return passed(command, count, 3600, WorkerProcess::terminate);
    }

    /** The same from SIGKILL: the lease has to lapse first. */
    static List<Double> takeovers(List<String> command, int count) throws Exception {
        return passed(command, count, LEASE_SECONDS, WorkerProcess::kill);
    }

    /** One job, longer than any round, from worker to worker. None of them has had a job before. */
    private static List<Double> passed(List<String> command, int count, int leaseSeconds, Consumer<WorkerProcess> end)
            throws Exception {
        List<WorkerProcess> all = new ArrayList<>();
        try (RedisServer redis = RedisServer.with();
                OpenAiEngine engine = OpenAiEngine.start()) {
            Rounds rounds = new Rounds(command, redis, engine);
            Queue queue = new Queue(redis);
            BlockingQueue<Long> receipts = new LinkedBlockingQueue<>();
            engine.slowed(20).troubled(seen -> {
                receipts.add(System.nanoTime());
                return null;
            });
            queue.push(Queue.job(LONG_JOB, "tell", 100_000));
            WorkerProcess holder = rounds.worker(leaseSeconds).process;
            all.add(holder);
            receipt(receipts);
            List<Double> millis = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                WorkerProcess next = rounds.worker(leaseSeconds).process;
                all.add(next);
                // Until then nobody knows the holder's rate, by which it sees that the job does not fit into its time.
                int before = queue.checkpoint(LONG_JOB);
                Awaitility.await().atMost(LIMIT).until(() -> queue.checkpoint(LONG_JOB) > before);
                long asked = System.nanoTime();
                end.accept(holder);
                millis.add((receipt(receipts) - asked) / 1e6);
                holder = next;
            }
            return millis;
        } finally {
            all.forEach(WorkerProcess::close);
        }
    }

    private static long receipt(BlockingQueue<Long> receipts) throws InterruptedException, IOException {
        Long at = receipts.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
        if (at == null) {
            throw new IOException("nobody took the job within " + LIMIT.toSeconds() + " s");
        }
        return at;
    }

    private Ready worker(int leaseSeconds) throws IOException, InterruptedException {
        int port = freePort();
        Map<String, String> environment = new HashMap<>();
        environment.put("REDIS_URL", redis.url());
        environment.put("ENGINE_URL", engine.url());
        environment.put("HTTP_PORT", Integer.toString(port));
        environment.put("IDLE_SECONDS", "0");
        environment.put("LEASE_SECONDS", Integer.toString(leaseSeconds));
        environment.put("DRAIN_SECONDS", "30");
        environment.put("CHECKPOINT_TOKENS", "16");
        HttpRequest ready = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/health/ready"))
                .build();
        long began = System.nanoTime();
        WorkerProcess worker = WorkerProcess.start(environment, command);
        while (!answers(ready)) {
            if (!worker.alive() || System.nanoTime() - began > LIMIT.toNanos()) {
                String output = worker.output();
                worker.close();
                throw new IOException("the worker was not ready:\n" + output);
            }
            TimeUnit.MILLISECONDS.sleep(1);
        }
        return new Ready(worker, (System.nanoTime() - began) / 1e6);
    }

    private static boolean answers(HttpRequest request) throws InterruptedException {
        try {
            return HTTP.send(request, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException notListening) {
            return false;
        }
    }

    private static double mebibytes(WorkerProcess worker, String field) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(worker.pid()), "status")).stream()
                .filter(line -> line.startsWith(field + ":"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
                .findFirst()
                .orElseThrow(() -> new IOException("the worker has ended"));
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }
}
