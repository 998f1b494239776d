package dev.lastcall.webhook;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.drain.DrainEvent;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * POSTs what happens in a drain to one receiver, in order, on a thread of its own. The drain never waits for it: a
 * receiver that is slow or dead fills a bounded queue, and then the oldest event is dropped. The receiver's certificate
 * is verified, redirects are not followed (they would carry the secret headers elsewhere), and neither the headers nor
 * the URL's query is ever logged.
 */
public final class Webhook implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Webhook.class);

    /** More than a drain has events, many times. */
    private static final int WAITING = 64;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
    /** So often an event is tried while others wait behind it. */
    private static final int TRIES_BEFORE_OTHERS = 4;
    /** The receiver can be told of an agent's last words this long after its end was asked for. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private final URI url;
    private final List<Header> headers;
    private final Duration timeout;
    private final InstantSource clock;
    private final CloudEvents events;
    private final BlockingQueue<WebhookEvent> queue = new ArrayBlockingQueue<>(WAITING);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition quiet = lock.newCondition();
    /** Accepted and not yet dealt with. */
    private int open;

    private final Thread sender;

    /** A header of the user's; its value may be a secret and is kept out of every text. */
    public record Header(String name, String value) {

        /** From {@code Name: value}. */
        public static Header parse(String line) {
            int colon = line.indexOf(':');
            return new Header(
                    line.substring(0, colon).strip(), line.substring(colon + 1).strip());
        }

        @Override
        public String toString() {
            return name + ": …";
        }
    }

    /** @param timeout of one POST, its answer included */
    public Webhook(
            URI url,
            List<Header> headers,
            Duration timeout,
            String node,
            boolean dryRun,
            ObjectMapper json,
            InstantSource clock) {
        this.url = url;
        this.headers = List.copyOf(headers);
        this.timeout = timeout;
        this.clock = clock;
        this.events = new CloudEvents(json, node, dryRun, clock);
        this.sender = Thread.ofVirtual().name("webhook").start(this::run);
    }

    /** Takes the event up and returns at once. */
    public void hear(DrainEvent event) {
        events.of(event).ifPresent(this::offer);
    }

    private void offer(WebhookEvent event) {
        count(1);
        while (!queue.offer(event)) {
            WebhookEvent oldest = queue.poll();
            if (oldest != null) {
                LOG.warnf("webhook: %s was dropped: too many events wait for the receiver", oldest.type());
                count(-1);
            }
        }
    }

    private void run() {
        try (HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(timeout)
                .build()) {
            while (true) {
                WebhookEvent event = queue.take();
                try {
                    deliver(http, event);
                } catch (RuntimeException unforeseen) {
                    // One event that can't be sent must not silence those after it.
                    LOG.warnf(
                            "webhook: %s was not sent: %s",
                            event.type(), unforeseen.getClass().getSimpleName());
                } finally {
                    count(-1);
                }
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private void deliver(HttpClient http, WebhookEvent event) throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            Outcome outcome = post(http, event);
            switch (outcome) {
                case Outcome.Taken _ -> {
                    LOG.debugf("webhook: %s was taken", event.type());
                    return;
                }
                case Outcome.Refused refused -> {
                    LOG.warnf("webhook: %s was refused: %s", event.type(), refused.why());
                    return;
                }
                case Outcome.Later later -> {
                    Duration pause = pause(attempt, later.wanted());
                    boolean others = attempt >= TRIES_BEFORE_OTHERS && !queue.isEmpty();
                    if (others || clock.instant().plus(pause).isAfter(event.until())) {
                        LOG.warnf(
                                "webhook: %s was not delivered in %d attempts: %s", event.type(), attempt, later.why());
                        return;
                    }
                    TimeUnit.NANOSECONDS.sleep(pause.toNanos());
                }
            }
        }
    }

    private sealed interface Outcome {
        record Taken() implements Outcome {}

        /** The receiver would say the same again. */
        record Refused(String why) implements Outcome {}

        record Later(String why, @Nullable Duration wanted) implements Outcome {}
    }

    private Outcome post(HttpClient http, WebhookEvent event) throws InterruptedException {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(url)
                    .timeout(timeout)
                    .POST(HttpRequest.BodyPublishers.ofByteArray(event.body()));
            headers.forEach(header -> request.setHeader(header.name(), header.value()));
            request.setHeader("Content-Type", "application/cloudevents+json; charset=utf-8");
            HttpResponse<Void> answer = http.send(request.build(), BodyHandlers.discarding());
            int status = answer.statusCode();
            if (status >= 200 && status < 300) {
                return new Outcome.Taken();
            }
            return status == 408 || status == 425 || status == 429 || status >= 500
                    ? new Outcome.Later(
                            "HTTP " + status,
                            answer.headers()
                                    .firstValue("Retry-After")
                                    .map(Webhook::seconds)
                                    .orElse(null))
                    : new Outcome.Refused("HTTP " + status);
        } catch (IOException unreachable) {
            // Its class and not its text: some texts repeat the URL, and the URL may carry a token.
            return new Outcome.Later(unreachable.getClass().getSimpleName(), null);
        }
    }

    /** Doubling, but not longer than a receiver asks for and never longer than some seconds. */
    private static Duration pause(int attempt, @Nullable Duration wanted) {
        Duration own = FIRST_PAUSE.multipliedBy(1L << Math.min(attempt - 1, 10));
        Duration pause = wanted != null && wanted.compareTo(own) > 0 ? wanted : own;
        return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
    }

    private static @Nullable Duration seconds(String text) {
        return text.matches("\\d{1,6}") ? Duration.ofSeconds(Long.parseLong(text)) : null;
    }

    private void count(int by) {
        lock.lock();
        try {
            open += by;
            quiet.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until every event is dealt with; false where that took longer. */
    public boolean flush(Duration patience) throws InterruptedException {
        long left = patience.toNanos();
        lock.lock();
        try {
            while (open > 0) {
                if (left <= 0) {
                    return false;
                }
                left = quiet.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Gives the last events a moment, then stops. */
    @Override
    public void close() {
        try {
            if (!flush(LAST_WORDS)) {
                LOG.warn("webhook: the agent ended before the receiver had taken all events");
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
        sender.interrupt();
    }
}
