package dev.lastcall.kube;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.ConnectException;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/**
 * One request, one answer with its status, headers and body: the library's typed calls hide Retry-After, retry and turn
 * refusals into exceptions. Address, credentials and TLS stay the library's.
 */
@Singleton
final class ApiServer {

    static final String JSON = "application/json";
    static final String MERGE_PATCH = "application/merge-patch+json";
    static final String STRATEGIC_PATCH = "application/strategic-merge-patch+json";

    /** Beyond the request's own timeout, in case the library forgets to end it. */
    private static final Duration SLACK = Duration.ofSeconds(1);

    private static final int UNAUTHORIZED = 401;

    private final ApiClient client;
    /** {@link System#nanoTime()} of the last answer to any request. */
    private volatile long heard = System.nanoTime();

    @Inject
    ApiServer(ApiClient client) {
        this.client = client;
    }

    ApiServer(KubernetesClient client) {
        this(new ApiClient(client));
    }

    /** Whether the client was closed under us: the program is going down. */
    boolean closed() {
        return client.closed();
    }

    /** The connections in use; others once {@link #doubt} or a failed request has given them up. */
    HttpClient connections() {
        return client.http();
    }

    /** Gives these connections up for new ones, made with the CA as it stands on disk now. */
    void doubt(HttpClient suspect, String why) {
        client.renew(suspect, why);
    }

    /** A name as a path segment or a query value. */
    static String escape(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    ApiAnswer get(String path, Duration timeout) {
        HttpClient http = client.http();
        return send(http, http.newHttpRequestBuilder().uri(client.base() + path), timeout);
    }

    ApiAnswer send(String method, String path, String contentType, String body, Duration timeout) {
        HttpClient http = client.http();
        return send(
                http,
                http.newHttpRequestBuilder().uri(client.base() + path).method(method, contentType, body),
                timeout);
    }

    private ApiAnswer send(HttpClient http, HttpRequest.Builder request, Duration timeout) {
        long asked = System.nanoTime();
        CompletableFuture<ApiAnswer> answer = http.sendAsync(
                        request.timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                                .build(),
                        byte[].class)
                // The time is taken where the last byte arrives, not where the caller wakes up.
                .thenApply(response -> {
                    long answered = System.nanoTime();
                    heard = answered;
                    return new ApiAnswer(
                            response.code(),
                            response.header("Retry-After"),
                            new String(response.body(), StandardCharsets.UTF_8),
                            answered);
                });
        try {
            ApiAnswer came = answer.get(timeout.plus(SLACK).toMillis(), TimeUnit.MILLISECONDS);
            if (came.status() == UNAUTHORIZED) {
                client.renew(http, "its token is refused");
            }
            return came;
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            return ApiAnswer.none("interrupted");
        } catch (TimeoutException | ExecutionException e) {
            answer.cancel(true);
            renewIfBad(http, e, asked);
            return ApiAnswer.none(words(e));
        }
    }

    /**
     * Opens an answer that goes on until somebody ends it.
     *
     * @throws StreamBroken when it could not be opened in time
     */
    LineStream stream(String path, Duration timeout) throws StreamBroken, InterruptedException {
        LineStream lines = new LineStream();
        HttpClient http = client.http();
        long asked = System.nanoTime();
        CompletableFuture<HttpResponse<AsyncBody>> opened = http.consumeBytes(
                http.newHttpRequestBuilder()
                        .uri(client.base() + path)
                        .forStreaming()
                        .build(),
                lines::received);
        try {
            HttpResponse<AsyncBody> response = opened.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (response.code() != 200) {
                response.body().cancel();
                if (response.code() == UNAUTHORIZED) {
                    client.renew(http, "its token is refused");
                }
                throw new StreamBroken(response.code(), "HTTP " + response.code());
            }
            lines.begin(response.body());
            return lines;
        } catch (ExecutionException | TimeoutException e) {
            opened.cancel(true);
            renewIfBad(http, e, asked);
            throw new StreamBroken(0, words(e));
        } catch (InterruptedException e) {
            opened.whenComplete((response, failure) -> {
                if (response != null) {
                    response.body().cancel();
                }
            });
            throw e;
        }
    }

    /**
     * A server that can't be trusted may have a new CA; one that is silent may answer on new connections. One that answers
     * other requests is slow: new connections, each with a handshake and with lists to begin its watches, would make it slower.
     */
    private void renewIfBad(HttpClient http, Exception failure, long asked) {
        switch (cause(failure)) {
            case SSLException e -> client.renew(http, "its certificate is not trusted: " + e.getMessage());
            case TimeoutException e when heard - asked < 0 -> client.renew(http, "no answer");
            default -> {
                // Refused or reset: the connection is gone, and the next request makes another.
            }
        }
    }

    private static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof ExecutionException || cause instanceof CompletionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** Why there was no answer, in the words the metrics use. */
    static String words(Throwable failure) {
        Throwable cause = cause(failure);
        return switch (cause) {
            case TimeoutException e -> ApiAnswer.TIMEOUT;
            case ConnectException e ->
                String.valueOf(e.getMessage()).contains("timed out") ? "no connection in time" : "refused";
            case UnknownHostException e -> "unknown host";
            case SSLException e -> "tls: " + e.getMessage();
            default -> "io: " + cause;
        };
    }
}
