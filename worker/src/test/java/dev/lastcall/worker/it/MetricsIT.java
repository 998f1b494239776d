package dev.lastcall.worker.it;

import static dev.lastcall.worker.it.Scene.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.worker.support.OpenAiEngine.Trouble;
import dev.lastcall.worker.support.Queue;
import dev.lastcall.worker.support.WorkerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** /metrics and /health/ready of the packaged worker, by value: what it did and what is left in the queue. */
class MetricsIT {

    private final int port = freePort();

    @Test
    void finished_jobs_their_tokens_and_the_engines_answers_are_counted() throws Exception {
        try (Scene scene = new Scene()) {
            scene.engine.troubled(seen -> seen.body().toString().contains("poison")
                    ? new Trouble.Refuse(422, "{\"error\":{\"message\":\"no\"}}")
                    : null);
            for (int i = 0; i < 5; i++) {
                scene.queue.push(Queue.job("j" + i, "tell " + i, 20));
            }
            scene.queue.push(Queue.job("bad", "poison", 4));
            scene.queue.push("{\"id\":\"past\",\"request\":{\"prompt\":\"p\"},\"deadline\":\"2020-01-01T00:00:00Z\"}");
            worker(scene);
            soon().until(() -> scene.queue.leavesNothingElse());
            soon().until(() -> value("jobs_total{result=\"ok\"}") == 5 && value("queue_jobs{state=\"dead\"}") == 1);

            assertThat(value("jobs_total{result=\"failed\"}")).isEqualTo(1);
            assertThat(value("jobs_total{result=\"deadline\"}")).isEqualTo(1);
            assertThat(value("jobs_total{result=\"released\"}")).isZero();
            assertThat(value("jobs_total{result=\"lost_lease\"}")).isZero();
            assertThat(value("tokens_total{kind=\"generated\"}")).isEqualTo(100);
            assertThat(value("tokens_total{kind=\"resumed\"}")).isZero();
            assertThat(value("tokens_total{kind=\"recomputed\"}")).isZero();
            assertThat(value("engine_responses_total{code=\"200\"}")).isEqualTo(5);
            assertThat(value("engine_responses_total{code=\"422\"}")).isEqualTo(1);
            assertThat(value("job_seconds_count")).isEqualTo(7);
            assertThat(value("claim_seconds_count")).isPositive();
            assertThat(value("jobs_in_flight")).isZero();
            assertThat(value("queue_jobs{state=\"pending\"}")).isZero();
            assertThat(value("queue_jobs{state=\"leased\"}")).isZero();
            assertThat(ready()).isEqualTo(200);
        }
    }

    @Test
    void jobs_under_way_and_jobs_that_wait_are_shown_while_they_are() throws Exception {
        try (Scene scene = new Scene()) {
            scene.engine.troubled(seen -> new Trouble.SilentAfter(3));
            for (int i = 0; i < 5; i++) {
                scene.queue.push(Queue.job("j" + i, "tell", 20));
            }
            worker(scene, "CONCURRENCY", "2");
            soon().until(() -> ready() == 200 && value("queue_jobs{state=\"leased\"}") == 2);
            assertThat(value("queue_jobs{state=\"pending\"}")).isEqualTo(3);
            assertThat(value("jobs_in_flight")).isEqualTo(2);
            soon().until(() -> value("tokens_total{kind=\"generated\"}") == 6);
        }
    }

    @Test
    void tokens_that_are_taken_over_and_those_that_are_generated_again_are_told_apart() throws Exception {
        try (Scene scene = new Scene()) {
            AtomicInteger asked = new AtomicInteger();
            scene.engine.troubled(seen -> asked.incrementAndGet() == 1 ? new Trouble.CutAfter(70) : null);
            scene.queue.push(Queue.job("j", "tell", 200));
            worker(scene);
            soon().until(() -> scene.queue.results() == 1);
            soon().until(() -> value("jobs_total{result=\"ok\"}") == 1);
            double resumed = value("tokens_total{kind=\"resumed\"}");
            double recomputed = value("tokens_total{kind=\"recomputed\"}");
            assertThat(resumed + recomputed).isEqualTo(70);
            assertThat(resumed).isGreaterThanOrEqualTo(64);
            assertThat(value("tokens_total{kind=\"generated\"}")).isEqualTo(200 + recomputed);
            assertThat(value("engine_responses_total{code=\"broken\"}")).isEqualTo(1);
        }
    }

    @Test
    void without_redis_the_worker_is_not_ready_and_the_queue_is_unknown_not_empty() throws Exception {
        try (Scene scene = new Scene()) {
            worker(scene);
            soon().until(() -> ready() == 200 && value("queue_jobs{state=\"pending\"}") == 0);
            scene.redis.kill();
            soon().until(() -> ready() == 503);
            soon().until(() -> Double.isNaN(value("queue_jobs{state=\"pending\"}")));
            scene.redis.start();
            soon().until(() -> ready() == 200 && value("queue_jobs{state=\"pending\"}") == 0);
        }
    }

    private WorkerProcess worker(Scene scene, String... settings) {
        String[] all = new String[settings.length + 4];
        System.arraycopy(settings, 0, all, 4, settings.length);
        all[0] = "HTTP_PORT";
        all[1] = Integer.toString(port);
        all[2] = "IDLE_SECONDS";
        all[3] = "0";
        return scene.worker(all);
    }

    /** Fails where the series is not there. */
    private double value(String series) throws IOException, InterruptedException {
        String line = get("/metrics")
                .body()
                .lines()
                .filter(row -> row.startsWith("lastcall_worker_" + series + " "))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no lastcall_worker_" + series));
        return Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
    }

    /** The status of the readiness check, 0 while nobody listens. */
    private int ready() throws InterruptedException {
        try {
            return get("/health/ready").statusCode();
        } catch (IOException e) {
            return 0;
        }
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI uri = URI.create("http://127.0.0.1:" + port + path);
            return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
        }
    }

    private static int freePort() {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
