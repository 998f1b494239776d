package dev.lastcall.kube;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a local picture of one selection of objects: one LIST when it starts, served from the API server's cache, then
 * one WATCH after the other from where the last one ended. Another LIST happens only when the server has forgotten that
 * place (410). The last picture stays while the server is away.
 *
 * <p>A watch on which nothing has come for a while may be quiet or dead. Then another is opened from the same place, and the
 * server is asked to end it soon: it sends a bookmark first, which carries the place forward, so that this needs no LIST.
 */
final class ListWatch implements AutoCloseable {

    /** Receives the picture; called by one thread only, in order. */
    interface Picture {
        void replace(List<JsonNode> objects);

        void put(JsonNode object);

        void remove(JsonNode object);
    }

    private static final Logger LOG = Logger.getLogger(ListWatch.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LIST_TIMEOUT = Duration.ofSeconds(10);

    private final ApiServer api;
    private final String what;
    private final String path;
    private final Picture picture;
    private final WatchPace pace;
    private final SplittableRandom random = new SplittableRandom();
    private final Backoff backoff = new Backoff(random);

    private volatile @Nullable Thread thread;
    private volatile boolean connected;
    private volatile boolean up;
    private volatile long signAt = System.nanoTime();
    /** Nothing has happened for a while: the server is told to end the watch soon, which it does with a bookmark. */
    private boolean quiet;
    /** The next watch may be sent on a connection that is just being closed, by its other side or here. */
    private boolean justEnded;
    /** Empty until the first LIST, and again when the server has forgotten it. */
    private String version = "";

    private boolean complained;

    /**
     * @param what for the log: "own Node"
     * @param path the collection with its field selector: {@code /api/v1/pods?fieldSelector=…}
     * @param pace how long it may be silent
     */
    ListWatch(ApiServer api, String what, String path, Picture picture, WatchPace pace) {
        this.api = api;
        this.what = what;
        this.path = path;
        this.picture = picture;
        this.pace = pace;
    }

    synchronized void start() {
        if (thread == null) {
            thread = Thread.ofVirtual().name("watch " + what).start(this::run);
        }
    }

    /** Whether a watch is open right now, so that the picture is as fresh as it gets. */
    boolean connected() {
        return connected;
    }

    /** False from the first failure until a watch is open again; the server's routine endings are no failure. */
    boolean up() {
        return up && !blind();
    }

    /** Whether there was no sign of life for so long that the picture may be an old one. */
    boolean blind() {
        return System.nanoTime() - signAt > pace.blindAfter().toNanos();
    }

    @Override
    public synchronized void close() {
        Thread running = thread;
        if (running != null) {
            running.interrupt();
        }
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                long begun = System.nanoTime();
                HttpClient connections = api.connections();
                try {
                    if (version.isEmpty()) {
                        list();
                    }
                    begun = System.nanoTime();
                    follow();
                    justEnded = true;
                    if (System.nanoTime() - begun < pace.routineNanos()) {
                        Thread.sleep(backoff.next());
                    }
                } catch (StreamBroken e) {
                    boolean forgotten = e.status() == 410;
                    // 504 "too large resource version" and 400: the place is not of this server's history.
                    if (forgotten || e.status() == 504 || e.status() == 400) {
                        version = "";
                    }
                    boolean given = connections != api.connections();
                    if (e.silent() && quiet) {
                        // It was to end by now: whatever is wrong with this connection may be wrong with its
                        // neighbours.
                        api.doubt(connections, "the watch of " + what + " is " + e.reason());
                    }
                    quiet |= e.silent();
                    // Once, that is no news.
                    boolean echo = justEnded && e.status() == 0 && !e.silent();
                    justEnded = e.silent();
                    boolean routine = echo
                            || ((forgotten || e.silent() || given) && System.nanoTime() - begun > pace.routineNanos());
                    if (!routine) {
                        up = false;
                        complain(e);
                        Thread.sleep(backoff.next());
                    }
                } catch (RuntimeException e) {
                    if (api.closed()) {
                        return;
                    }
                    // A thread that ends would leave an old picture for ever.
                    LOG.errorf(e, "%s: the watch met something it cannot read; starting it anew", what);
                    version = "";
                    up = false;
                    Thread.sleep(backoff.next());
                }
            }
        } catch (InterruptedException e) {
            LOG.debugf("%s: the watch is closed", what);
        } finally {
            connected = false;
            up = false;
        }
    }

    private void list() throws StreamBroken {
        // resourceVersion=0: any state the server has in memory will do, and etcd is not asked.
        ApiAnswer answer = api.get(path + "&resourceVersion=0", LIST_TIMEOUT);
        if (answer.status() != 200) {
            throw new StreamBroken(answer.status(), answer.reason());
        }
        signAt = System.nanoTime();
        JsonNode list = answer.json();
        List<JsonNode> objects = new ArrayList<>();
        list.path("items").forEach(objects::add);
        picture.replace(objects);
        version = list.path("metadata").path("resourceVersion").asText("");
        if (version.isEmpty()) {
            throw new StreamBroken(0, "a list without resourceVersion");
        }
    }

    private void follow() throws StreamBroken, InterruptedException {
        boolean toldToEnd = quiet;
        String watch = path + "&watch=true&allowWatchBookmarks=true&resourceVersion=" + version
                + (toldToEnd ? "&timeoutSeconds=" + pace.lifetime(random).toSeconds() : "");
        try (LineStream lines = api.stream(watch, pace.openTimeout())) {
            long opened = System.nanoTime();
            connected = true;
            up = true;
            signAt = System.nanoTime();
            backoff.succeeded();
            if (complained) {
                complained = false;
                LOG.infof("%s: the watch is back", what);
            }
            while (true) {
                Duration patience = toldToEnd ? pace.silence().minusNanos(System.nanoTime() - opened) : pace.quiet();
                Optional<String> line = lines.next(patience);
                signAt = System.nanoTime();
                justEnded = false;
                if (line.isEmpty()) {
                    return;
                }
                apply(line.get());
            }
        } finally {
            connected = false;
        }
    }

    private void apply(String line) throws StreamBroken {
        JsonNode event;
        try {
            event = JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new StreamBroken(0, "malformed event: " + e.getOriginalMessage());
        }
        JsonNode object = event.path("object");
        switch (event.path("type").asText()) {
            case "ADDED", "MODIFIED" -> {
                quiet = false;
                picture.put(object);
            }
            case "DELETED" -> {
                quiet = false;
                picture.remove(object);
            }
            case "ERROR" ->
                throw new StreamBroken(
                        object.path("code").asInt(0), object.path("message").asText("error without a message"));
            default -> LOG.tracef("%s: %s", what, event.path("type"));
        }
        version = object.path("metadata").path("resourceVersion").asText(version);
    }

    private void complain(StreamBroken failure) {
        if (complained) {
            LOG.debugf("%s: no watch: %s", what, failure.reason());
        } else {
            complained = true;
            LOG.warnf("%s: no watch (%s); what was last seen stays, trying again", what, failure.reason());
        }
    }
}
