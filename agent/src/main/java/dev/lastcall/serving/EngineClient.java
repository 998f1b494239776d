package dev.lastcall.serving;

import dev.lastcall.drain.PodView;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks an engine over HTTP. Only {@code /metrics} and {@code /version}, which need no key and change nothing. */
public final class EngineClient implements AutoCloseable {
    public static final String PORT = "lastcall.dev/port";
    public static final String METRICS_PATH = "lastcall.dev/metrics-path";
    private static final int DEFAULT_PORT = 8000;
    private static final int LARGEST_ANSWER = 8 * 1024 * 1024;

    private final HttpClient http;

    public EngineClient() {
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(Duration.ofSeconds(1))
                .proxy(HttpClient.Builder.NO_PROXY)
                .build();
    }

    /** The engine's counters; empty when it did not answer in time, or with something else. */
    public Optional<EngineReading> reading(PodView pod, Duration timeout) throws InterruptedException {
        return get(pod, pod.annotations().getOrDefault(METRICS_PATH, "/metrics"), timeout)
                .flatMap(EngineMetrics::parse);
    }

    /** The body of {@code /version}; empty when there is none. */
    public Optional<String> version(PodView pod, Duration timeout) throws InterruptedException {
        return get(pod, "/version", timeout);
    }

    private Optional<String> get(PodView pod, String path, Duration timeout) throws InterruptedException {
        if (pod.ip() == null) {
            return Optional.empty();
        }
        try {
            String host = pod.ip().indexOf(':') >= 0 ? "[" + pod.ip() + "]" : pod.ip();
            // The request's own timeout ends with the header: a body that never comes must not hold up a drain either.
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + host + ":" + port(pod) + path))
                    .timeout(timeout)
                    .build();
            CompletableFuture<HttpResponse<byte[]>> answer =
                    http.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST_ANSWER));
            try {
                HttpResponse<byte[]> whole = answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
                return whole.statusCode() == 200
                        ? Optional.of(new String(whole.body(), StandardCharsets.UTF_8))
                        : Optional.empty();
            } finally {
                answer.cancel(true);
            }
        } catch (ExecutionException | TimeoutException | IllegalArgumentException unreachable) {
            return Optional.empty();
        }
    }

    private static int port(PodView pod) {
        String annotated = pod.annotations().get(PORT);
        if (annotated != null && annotated.matches("\\d{1,5}")) {
            return Integer.parseInt(annotated);
        }
        return pod.port() > 0 ? pod.port() : DEFAULT_PORT;
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
