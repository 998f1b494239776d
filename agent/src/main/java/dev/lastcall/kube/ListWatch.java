package dev.lastcall.kube;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
 * <p>Bookmarks come about once a minute and carry the place forward, so a quiet watch is told from a dead connection.
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
    private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(10);
    /** Bookmarks are due each minute where anything changes in the cluster; after this long the server is asked anew. */
    private static final Duration SILENCE = Duration.ofSeconds(150);
    /** A watch that lived this long was a good one: its end is the server's routine and no failure. */
    private static final long ROUTINE_NANOS = Duration.ofSeconds(5).toNanos();

    private final ApiServer api;
    private final String what;
    private final String path;
    private final Picture picture;
    private final Duration silence;
    private final Backoff backoff = new Backoff(new SplittableRandom());

    private volatile @Nullable Thread thread;
    private volatile boolean connected;
    /** Empty until the first LIST, and again when the server has forgotten it. */
    private String version = "";

    private boolean complained;

    /**
     * @param what for the log: "own Node"
     * @param path the collection with its field selector: {@code /api/v1/pods?fieldSelector=…}
     */
    ListWatch(ApiServer api, String what, String path, Picture picture) {
        this(api, what, path, picture, SILENCE);
    }

    ListWatch(ApiServer api, String what, String path, Picture picture, Duration silence) {
        this.api = api;
        this.what = what;
        this.path = path;
        this.picture = picture;
        this.silence = silence;
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
                try {
                    if (version.isEmpty()) {
                        list();
                    }
                    begun = System.nanoTime();
                    follow();
                    if (System.nanoTime() - begun < ROUTINE_NANOS) {
                        Thread.sleep(backoff.next());
                    }
                } catch (StreamBroken e) {
                    boolean forgotten = e.status() == 410;
                    // 504 "too large resource version" and 400: the place is not of this server's history.
                    if (forgotten || e.status() == 504 || e.status() == 400) {
                        version = "";
                    }
                    boolean routine = (forgotten || e.silent()) && System.nanoTime() - begun > ROUTINE_NANOS;
                    if (!routine) {
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
                    Thread.sleep(backoff.next());
                }
            }
        } catch (InterruptedException e) {
            LOG.debugf("%s: the watch is closed", what);
        } finally {
            connected = false;
        }
    }

    private void list() throws StreamBroken {
        // resourceVersion=0: any state the server has in memory will do, and etcd is not asked.
        ApiAnswer answer = api.get(path + "&resourceVersion=0", OPEN_TIMEOUT);
        if (answer.status() != 200) {
            throw new StreamBroken(answer.status(), answer.reason());
        }
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
        String watch = path + "&watch=true&allowWatchBookmarks=true&resourceVersion=" + version;
        try (LineStream lines = api.stream(watch, OPEN_TIMEOUT)) {
            connected = true;
            backoff.succeeded();
            if (complained) {
                complained = false;
                LOG.infof("%s: the watch is back", what);
            }
            for (Optional<String> line = lines.next(silence); line.isPresent(); line = lines.next(silence)) {
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
            case "ADDED", "MODIFIED" -> picture.put(object);
            case "DELETED" -> picture.remove(object);
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
