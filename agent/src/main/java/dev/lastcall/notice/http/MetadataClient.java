package dev.lastcall.notice.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Asks one metadata service. HTTP/1.1 with connections kept alive, no proxy whatever the environment says, no
 * redirect, bodies up to 64 KiB, one time limit for the whole exchange. Logs nothing: tokens pass through here.
 *
 * <p>The JDK's older client, because one thread carries a question from its first byte to its last: the newer one hands it from thread to
 * thread, which takes more processor time, four times a second on AWS (docs/BENCHMARKS.md).
 */
public final class MetadataClient implements AutoCloseable {

    /** More than any metadata answer; a larger one is no answer. */
    public static final int BODY_LIMIT = 64 * 1024;

    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(1);

    /** The JDK's client writes the headers of its requests there, tokens among them. Held, because the level of a logger goes with it. */
    private final Logger ofRequests = Logger.getLogger("sun.net.www.protocol.http.HttpURLConnection");

    private final String base;
    private final InstantSource clock;
    private final Patience patience;
    private final SkewMeter skew = new SkewMeter();
    private final Set<Thread> asking = ConcurrentHashMap.newKeySet();

    /** A request line and its headers. */
    private record Question(String method, URI uri, Map<String, String> headers) {}

    /** An answer, whole, and the {@link System#nanoTime()} of its end. */
    private record Whole(int status, HttpHeaders headers, String body, long endedNanos) {}

    /** The body was larger than the limit. */
    private static final class TooLarge extends IOException {
        private static final long serialVersionUID = 1L;
    }

    public MetadataClient(String endpoint, InstantSource clock) {
        this(endpoint, clock, Patience.real());
    }

    /** @param endpoint base URL, with or without a slash at its end */
    public MetadataClient(String endpoint, InstantSource clock, Patience patience) {
        this.base = endpoint.endsWith("/") ? endpoint.substring(0, endpoint.length() - 1) : endpoint;
        this.clock = clock;
        this.patience = patience;
        ofRequests.setLevel(Level.OFF);
    }

    /** GET; {@code path} starts with a slash. */
    public Answer get(String path, Map<String, String> headers, Duration limit) throws InterruptedException {
        return exchange(new Question("GET", URI.create(base + path), headers), limit);
    }

    /** PUT without a body, as the token services want it. */
    public Answer put(String path, Map<String, String> headers, Duration limit) throws InterruptedException {
        return exchange(new Question("PUT", URI.create(base + path), headers), limit);
    }

    private Answer exchange(Question question, Duration limit) throws InterruptedException {
        Instant asked = clock.instant();
        CompletableFuture<Whole> answer = new CompletableFuture<>();
        // A thread of its own, virtual: an interrupt closes its socket, whatever the exchange waits for.
        Thread thread = Thread.ofVirtual().name("metadata").unstarted(() -> ask(question, limit, answer));
        asking.add(thread);
        thread.start();
        try {
            patience.await(answer, limit);
            Whole whole = answer.resultNow();
            Duration offset = whole.headers()
                    .firstValue("Date")
                    .map(date -> skew.measure(date, asked, clock.instant()))
                    .orElse(Duration.ZERO);
            return new Answer.Reply(whole.status(), whole.headers(), whole.body(), offset, whole.endedNanos());
        } catch (TimeoutException late) {
            return new Answer.NoReply("timeout", "no answer within " + limit.toMillis() + " ms");
        } catch (ExecutionException failed) {
            return noReply(failed.getCause());
        } finally {
            asking.remove(thread);
            if (!answer.isDone()) {
                thread.interrupt();
            }
        }
    }

    private static void ask(Question question, Duration limit, CompletableFuture<Whole> answer) {
        try {
            answer.complete(ask(question, limit));
        } catch (IOException | RuntimeException failed) {
            answer.completeExceptionally(failed);
        }
    }

    private static Whole ask(Question question, Duration limit) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) question.uri().toURL().openConnection(Proxy.NO_PROXY);
        connection.setRequestMethod(question.method());
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setConnectTimeout((int) CONNECT_LIMIT.toMillis());
        // Between two bytes. Longer than the limit of the whole, which the one who waits counts.
        connection.setReadTimeout((int) limit.plus(CONNECT_LIMIT).toMillis());
        question.headers().forEach(connection::setRequestProperty); // set, never add: IMDS refuses two token headers
        if (question.method().equals("PUT")) {
            connection.setDoOutput(true);
            connection.getOutputStream().close();
        }
        int status = connection.getResponseCode();
        if (status < 0) {
            throw new IOException("no HTTP");
        }
        try (InputStream body = body(connection, status)) {
            byte[] bytes = body.readNBytes(BODY_LIMIT + 1);
            long ended = System.nanoTime();
            if (bytes.length > BODY_LIMIT) {
                connection.disconnect();
                throw new TooLarge();
            }
            // The client takes the end of the connection for the end of the body.
            if (bytes.length < connection.getContentLengthLong()) {
                throw new IOException("the body ends early");
            }
            return new Whole(status, headers(connection), new String(bytes, StandardCharsets.UTF_8), ended);
        }
    }

    private static InputStream body(HttpURLConnection connection, int status) throws IOException {
        InputStream body = status < 400 ? connection.getInputStream() : connection.getErrorStream();
        return body == null ? InputStream.nullInputStream() : body;
    }

    /** Without the status line, which stands under no name there. */
    private static HttpHeaders headers(HttpURLConnection connection) {
        Map<String, List<String>> named = new HashMap<>();
        connection.getHeaderFields().forEach((name, values) -> {
            if (name != null) {
                named.put(name, values);
            }
        });
        return HttpHeaders.of(named, (_, _) -> true);
    }

    private static Answer.NoReply noReply(@Nullable Throwable cause) {
        return switch (cause) {
            case TooLarge _ -> new Answer.NoReply("too-large", "the body is larger than " + BODY_LIMIT + " bytes");
            case SocketTimeoutException _ ->
                new Answer.NoReply("timeout", "no connection within " + CONNECT_LIMIT.toMillis() + " ms");
            case UnknownHostException _ -> new Answer.NoReply("io", "the host name does not resolve");
            case ConnectException _ -> new Answer.NoReply("refused", "connection refused");
            case null -> new Answer.NoReply("io", "no cause");
            default -> new Answer.NoReply("io", cause.getClass().getSimpleName());
        };
    }

    @Override
    public void close() {
        asking.forEach(Thread::interrupt);
    }
}
