package dev.lastcall.support.metadata;

import dev.lastcall.support.metadata.FakeMetadata.Request;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Google's metadata server: refuses who does not name the flavour, holds a question until its key changes or its time is
 * out, then answers with the value as it is and its ETag. A second of {@code timeout_sec} lasts 50 ms here,
 * unless a test says otherwise.
 */
public final class FakeGcp implements Closeable {

    public static final String PREEMPTED = "/computeMetadata/v1/instance/preempted";
    public static final String MAINTENANCE = "/computeMetadata/v1/instance/maintenance-event";
    public static final String UPCOMING = "/computeMetadata/v1/instance/upcoming-maintenance";

    private static final Duration SECOND = Duration.ofMillis(50);

    private final Duration second;

    private record Value(String text, String etag) {}

    private final Map<String, Value> values = new ConcurrentHashMap<>();
    private final AtomicInteger etags = new AtomicInteger();
    private final Object changed = new Object();
    private final FakeMetadata service = new FakeMetadata(this::handle);

    public FakeGcp() {
        this(SECOND);
    }

    /** @param second how long a second of {@code timeout_sec} lasts here */
    public FakeGcp(Duration second) {
        this.second = second;
        set(PREEMPTED, "FALSE");
        set(MAINTENANCE, "NONE");
    }

    /** The key's value from now on. */
    public void set(String path, String text) {
        synchronized (changed) {
            values.put(path, new Value(text, "e" + etags.incrementAndGet()));
            changed.notifyAll();
        }
    }

    private Optional<Reaction> handle(Request request) {
        if (!request.header("Metadata-Flavor").equals("Google")) {
            return Optional.of(Reaction.status(403));
        }
        Value value = held(request);
        return value == null
                ? Optional.empty()
                : Optional.of(new Reaction.Reply(
                        200, Map.of("Metadata-Flavor", "Google", "ETag", value.etag()), value.text()));
    }

    private @org.jspecify.annotations.Nullable Value held(Request request) {
        long end = System.nanoTime() + second.toNanos() * parameter(request, "timeout_sec", 10);
        String known = text(request, "last_etag");
        synchronized (changed) {
            Value value = values.get(request.path());
            while (value != null && value.etag().equals(known) && end - System.nanoTime() > 0) {
                try {
                    TimeUnit.NANOSECONDS.timedWait(changed, end - System.nanoTime());
                } catch (InterruptedException stopped) {
                    Thread.currentThread().interrupt();
                    return value;
                }
                value = values.get(request.path());
            }
            return value;
        }
    }

    private static long parameter(Request request, String name, long otherwise) {
        String text = text(request, name);
        return text.isEmpty() ? otherwise : Long.parseLong(text);
    }

    private static String text(Request request, String name) {
        for (String pair : request.query().split("&", -1)) {
            if (pair.startsWith(name + "=")) {
                return pair.substring(name.length() + 1);
            }
        }
        return "";
    }

    public FakeMetadata service() {
        return service;
    }

    public String url() {
        return service.url();
    }

    @Override
    public void close() throws IOException {
        service.close();
    }
}
