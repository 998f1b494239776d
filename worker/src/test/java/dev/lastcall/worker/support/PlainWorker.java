package dev.lastcall.worker.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The worker of many blog posts, to compare with: LPOP, ask the engine, HSET, at several places at a time. What it holds when it
 * dies is nowhere else.
 */
public final class PlainWorker {

    private PlainWorker() {}

    /** As a process of its own, so that it can be killed. @param name sent to the engine as the bearer token */
    public static Process start(RedisServer redis, OpenAiEngine engine, String name, int concurrency) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        ProcessBuilder builder = new ProcessBuilder(
                java,
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                PlainWorker.class.getName(),
                Integer.toString(redis.port()),
                engine.url(),
                name,
                Integer.toString(concurrency));
        try {
            return builder.redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param args Redis' port, the engine's address, the name, the concurrency; ends when the queue is empty */
    public static void main(String[] args) {
        try (HttpClient engine = HttpClient.newHttpClient();
                ExecutorService places = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < Integer.parseInt(args[3]); i++) {
                places.execute(() -> work(engine, Integer.parseInt(args[0]), args[1], args[2]));
            }
        }
    }

    private static void work(HttpClient engine, int redisPort, String url, String name) {
        try (Resp redis = new Resp(redisPort)) {
            String job = redis.ask("LPOP", Queue.NAME).toString();
            while (!job.equals("nil")) {
                HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/v1/completions"))
                        .header("Authorization", "Bearer " + name)
                        .POST(HttpRequest.BodyPublishers.ofString(
                                job.substring(job.indexOf("\"request\":") + "\"request\":".length(), job.length() - 1)))
                        .build();
                String answer = engine.send(request, BodyHandlers.ofString()).body();
                redis.ask("HSET", Queue.NAME + ":results", job.split("\"")[3], answer);
                job = redis.ask("LPOP", Queue.NAME).toString();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
