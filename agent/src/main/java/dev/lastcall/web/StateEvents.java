package dev.lastcall.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * {@code GET /api/v1/state/events}: server-sent events that say when the state has changed. While nobody listens there is no
 * timer. The drain knows nothing of it: a worker reads what everybody may read, and a listener that does not keep up is cut.
 */
@Singleton
class StateEvents {

    private static final Logger LOG = Logger.getLogger(StateEvents.class);

    private static final int BEFORE_QUARKUS = -1;
    /** People who look at one node at the same time. */
    static final int MOST = 16;

    private static final int UNSENT_BYTES = 16 * 1024;
    private static final long LOOK_EVERY_MS = 500;
    /** A sign of life, and the ages of sources that answer all the time. */
    private static final long AT_LEAST_EVERY_NS = Duration.ofSeconds(10).toNanos();

    private final Supplier<JsonNode> document;
    private final Vertx vertx;
    private final Set<HttpServerResponse> listeners = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean looking = new AtomicBoolean();

    /** Guarded by this. */
    private long timer = -1;

    /** Touched by one look at a time. */
    private JsonNode last = MissingNode.getInstance();

    private long sentAt;

    @Inject
    StateEvents(AgentState state, Vertx vertx) {
        this(state::document, vertx);
    }

    StateEvents(Supplier<JsonNode> document, Vertx vertx) {
        this.document = document;
        this.vertx = vertx;
    }

    void register(@Observes Router router) {
        router.get("/api/v1/state/events").order(BEFORE_QUARKUS).handler(this::listen);
    }

    private synchronized void listen(RoutingContext context) {
        HttpServerResponse response = context.response();
        if (listeners.size() >= MOST) {
            response.setStatusCode(503)
                    .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=utf-8")
                    .putHeader("Retry-After", "30")
                    .end("503: " + MOST + " listeners are connected, which is the limit; poll /api/v1/state instead\n");
            return;
        }
        response.setChunked(true)
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream; charset=utf-8")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                // For proxies that would collect the events.
                .putHeader("X-Accel-Buffering", "no")
                .setWriteQueueMaxSize(UNSENT_BYTES);
        response.closeHandler(_ -> leave(response));
        response.exceptionHandler(_ -> leave(response));
        listeners.add(response);
        var _ = response.write("retry: 2000\n\n");
        if (timer < 0) {
            timer = vertx.setPeriodic(LOOK_EVERY_MS, _ -> look());
        }
    }

    private synchronized void leave(HttpServerResponse response) {
        listeners.remove(response);
        if (listeners.isEmpty() && timer >= 0) {
            vertx.cancelTimer(timer);
            timer = -1;
        }
    }

    private void look() {
        if (looking.compareAndSet(false, true)) {
            vertx.executeBlocking(
                            () -> {
                                tell(document.get());
                                return true;
                            },
                            false)
                    .onComplete(done -> {
                        looking.set(false);
                        if (done.failed()) {
                            LOG.warnf("the state can't be told to those who listen: %s", done.cause());
                        }
                    });
        }
    }

    private void tell(JsonNode document) {
        String now = document.path("now").asText();
        JsonNode phase = document.path("drain").path("phase");
        JsonNode next = withoutAges(document);
        long time = System.nanoTime();
        if (next.equals(last) && time - sentAt < AT_LEAST_EVERY_NS) {
            return;
        }
        last = next;
        sentAt = time;
        String event = "event: state\ndata: {\"now\":\"" + now + "\",\"phase\":"
                + (phase.isTextual() ? "\"" + phase.asText() + "\"" : "null") + "}\n\n";
        for (HttpServerResponse listener : listeners) {
            if (listener.closed() || listener.writeQueueFull()) {
                leave(listener);
                listener.reset();
            } else {
                var _ = listener.write(event);
            }
        }
    }

    /** What changes all the time would make each look a change. */
    static JsonNode withoutAges(JsonNode document) {
        JsonNode copy = document.deepCopy();
        if (copy instanceof ObjectNode tree) {
            tree.remove("now");
            tree.path("sources").forEach(source -> ((ObjectNode) source).remove("lastSuccess"));
        }
        return copy;
    }
}
