package dev.lastcall.serving;

import dev.lastcall.drain.PodView;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;

/** Asks engines over HTTP. Only their metrics page and {@code /version}, which need no key and change nothing. */
public final class EngineClient implements AutoCloseable {
    private static final int LARGEST_ANSWER = 8 * 1024 * 1024;

    /** With a context of its own, for engines that speak HTTP too: the default one reads 150 CA certificates first. */
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(Duration.ofSeconds(1))
            .proxy(HttpClient.Builder.NO_PROXY)
            .sslContext(AnyCertificate.context())
            .build();

    /** The metrics pages of these ports, asked for at the same time. Empty while the pod has no address. */
    Map<Integer, EngineAnswer> pages(EngineEndpoints at, Collection<Integer> ports, Duration timeout)
            throws InterruptedException {
        if (at.host() == null) {
            return Map.of();
        }
        long until = System.nanoTime() + timeout.toNanos();
        Map<Integer, CompletableFuture<HttpResponse<byte[]>>> asked = new LinkedHashMap<>();
        Map<Integer, EngineAnswer> answers = new LinkedHashMap<>();
        try {
            for (int port : ports) {
                try {
                    asked.put(port, ask(at, port, at.path(), timeout));
                } catch (IllegalArgumentException noUri) {
                    answers.put(port, new EngineAnswer.Other("no URL can be made of it: " + noUri.getMessage()));
                }
            }
            for (Map.Entry<Integer, CompletableFuture<HttpResponse<byte[]>>> each : asked.entrySet()) {
                answers.put(each.getKey(), answer(each.getValue(), until - System.nanoTime()));
            }
            return answers;
        } finally {
            asked.values().forEach(each -> each.cancel(true));
        }
    }

    /** The metrics pages of this pod's engines, one below the other; empty while none answers. One look, without hurry. */
    public Optional<String> metrics(PodView pod, Duration timeout) throws InterruptedException {
        EngineEndpoints at = EngineEndpoints.of(pod);
        String pages = pages(at, EngineRound.NONE.ask(at), timeout).values().stream()
                .filter(EngineAnswer.Page.class::isInstance)
                .map(answer -> ((EngineAnswer.Page) answer).text())
                .filter(page -> EngineMetrics.parse(page).isPresent())
                .collect(Collectors.joining("\n"));
        return Optional.of(pages).filter(text -> !text.isEmpty());
    }

    /** One look at a pod's engines, as a drain takes its first one. */
    public EngineSight look(PodView pod, Duration timeout) throws InterruptedException {
        EngineEndpoints at = EngineEndpoints.of(pod);
        if (at.host() == null || pod.loading()) {
            return new EngineSight.NotYet(at.host() == null ? "it has no address yet" : "it is still loading");
        }
        if (!at.findings().isEmpty()) {
            return new EngineSight.Trouble(String.join("; ", at.findings()));
        }
        if (at.unknowable() != null) {
            return new EngineSight.Trouble(at.unknowable());
        }
        EngineRound round = EngineRound.NONE.next(at, pages(at, EngineRound.NONE.ask(at), timeout));
        String trouble = round.trouble();
        return trouble == null ? new EngineSight.Answers(round.engines()) : new EngineSight.Trouble(trouble);
    }

    /** The body of {@code /version} of the first port that has one; empty when there is none. */
    public Optional<String> version(PodView pod, Duration timeout) throws InterruptedException {
        EngineEndpoints at = EngineEndpoints.of(pod);
        for (int port : EngineRound.NONE.ask(at)) {
            Optional<String> found = version(at, port, timeout);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /** The body of {@code /version}; empty when there is none. */
    Optional<String> version(EngineEndpoints at, int port, Duration timeout) throws InterruptedException {
        if (at.host() == null) {
            return Optional.empty();
        }
        CompletableFuture<HttpResponse<byte[]>> asked = ask(at, port, "/version", timeout);
        try {
            return answer(asked, timeout.toNanos()) instanceof EngineAnswer.Page page
                    ? Optional.of(page.text())
                    : Optional.empty();
        } finally {
            asked.cancel(true);
        }
    }

    private CompletableFuture<HttpResponse<byte[]>> ask(EngineEndpoints at, int port, String path, Duration timeout) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(at.scheme() + "://" + at.host() + ":" + port + path))
                .timeout(timeout)
                .build();
        return http.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST_ANSWER));
    }

    /** The request's own timeout ends with the header: a body that never comes must not hold up a drain either. */
    private static EngineAnswer answer(CompletableFuture<HttpResponse<byte[]>> asked, long nanos)
            throws InterruptedException {
        try {
            HttpResponse<byte[]> whole = asked.get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
            return whole.statusCode() == 200
                    ? new EngineAnswer.Page(new String(whole.body(), StandardCharsets.UTF_8))
                    : new EngineAnswer.Other("HTTP " + whole.statusCode()
                            + (whole.statusCode() == 404 ? " (SGLang has metrics only with --enable-metrics)" : ""));
        } catch (TimeoutException late) {
            return new EngineAnswer.Silence();
        } catch (ExecutionException failed) {
            return switch (failed.getCause()) {
                case HttpTimeoutException late -> new EngineAnswer.Silence();
                case ConnectException refused -> new EngineAnswer.Other("nobody listens");
                case SSLException tls -> new EngineAnswer.Other("TLS: " + tls.getMessage());
                case IOException io -> new EngineAnswer.Other(String.valueOf(io.getMessage()));
                case null, default -> new EngineAnswer.Other(String.valueOf(failed.getCause()));
            };
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
