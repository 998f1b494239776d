package dev.lastcall.notice.http;

import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Asks one metadata service. HTTP/1.1 with connections kept alive, no proxy whatever the environment says, no
 * redirect, bodies up to 64 KiB, one time limit for the whole exchange. Logs nothing: tokens pass through here.
 */
public final class MetadataClient implements AutoCloseable {

    /** More than any metadata answer; a larger one is no answer. */
    public static final int BODY_LIMIT = 64 * 1024;

    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(1);

    private final String base;
    private final InstantSource clock;
    private final int atOnce;
    private final Patience patience;
    private final SkewMeter skew = new SkewMeter();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private HttpClient http;
    private int exchanges;
    private boolean crowded;

    /** For a service that is asked one question at a time. */
    public MetadataClient(String endpoint, InstantSource clock) {
        this(endpoint, clock, 1, Patience.real());
    }

    /**
     * @param endpoint base URL, with or without a slash at its end
     * @param atOnce how many questions are under way at once where nothing hangs: so many connections are kept
     */
    public MetadataClient(String endpoint, InstantSource clock, int atOnce, Patience patience) {
        this.base = endpoint.endsWith("/") ? endpoint.substring(0, endpoint.length() - 1) : endpoint;
        this.clock = clock;
        this.atOnce = atOnce;
        this.patience = patience;
        this.http = client();
    }

    private HttpClient client() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .proxy(HttpClient.Builder.NO_PROXY)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT_LIMIT)
                .executor(executor)
                .build();
    }

    /** GET; {@code path} starts with a slash. */
    public Answer get(String path, Map<String, String> headers, Duration limit) throws InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path)).GET();
        return exchange(request, headers, limit);
    }

    /** PUT without a body, as the token services want it. */
    public Answer put(String path, Map<String, String> headers, Duration limit) throws InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path)).PUT(HttpRequest.BodyPublishers.noBody());
        return exchange(request, headers, limit);
    }

    private Answer exchange(HttpRequest.Builder builder, Map<String, String> headers, Duration limit)
            throws InterruptedException {
        headers.forEach(builder::setHeader); // set, never add: IMDS refuses two token headers
        Instant asked = clock.instant();
        CompletableFuture<HttpResponse<CappedBody.Text>> exchange =
                enter().sendAsync(builder.build(), head -> new CappedBody(BODY_LIMIT));
        try {
            // The limit is ours: HttpRequest.timeout stops counting once the headers are in.
            patience.await(exchange, limit);
            HttpResponse<CappedBody.Text> response = exchange.resultNow();
            Duration offset = response.headers()
                    .firstValue("Date")
                    .map(date -> skew.measure(date, asked, clock.instant()))
                    .orElse(Duration.ZERO);
            return new Answer.Reply(
                    response.statusCode(),
                    response.headers(),
                    response.body().text(),
                    offset,
                    response.body().endedNanos());
        } catch (TimeoutException late) {
            return new Answer.NoReply("timeout", "no answer within " + limit.toMillis() + " ms");
        } catch (ExecutionException failed) {
            return noReply(failed.getCause());
        } finally {
            exchange.cancel(true); // of no effect on what is complete; closes what hangs
            leave();
        }
    }

    private synchronized HttpClient enter() {
        crowded |= ++exchanges > atOnce;
        return http;
    }

    /** More questions at once leave more connections behind, which the pool would use in turn for good. */
    private synchronized void leave() {
        if (--exchanges == 0 && crowded) {
            crowded = false;
            http.shutdown();
            http = client();
        }
    }

    private static Answer.NoReply noReply(@Nullable Throwable cause) {
        for (Throwable each = cause; each != null; each = each.getCause()) {
            if (each instanceof CappedBody.TooLarge) {
                return new Answer.NoReply("too-large", "the body is larger than " + BODY_LIMIT + " bytes");
            }
            if (each instanceof HttpConnectTimeoutException || each instanceof HttpTimeoutException) {
                return new Answer.NoReply("timeout", "no connection within " + CONNECT_LIMIT.toMillis() + " ms");
            }
            if (each instanceof UnresolvedAddressException) {
                return new Answer.NoReply("io", "the host name does not resolve");
            }
            if (each instanceof ConnectException) {
                return new Answer.NoReply("refused", "connection refused");
            }
        }
        return new Answer.NoReply(
                "io", cause == null ? "no cause" : cause.getClass().getSimpleName());
    }

    @Override
    public synchronized void close() {
        http.shutdownNow();
        executor.shutdownNow();
    }
}
