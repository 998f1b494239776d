package dev.lastcall.kube;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lastcall.config.NodeName;
import dev.lastcall.drain.EventRecorder;
import dev.lastcall.drain.PodRef;
import io.fabric8.kubernetes.client.KubernetesClient;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Events as {@code kubectl describe} shows them (core v1, in namespace default for the Node). The same words about the
 * same object within ten minutes are one Event with a count; a reason that keeps changing its words gives at most
 * {@value #TEXTS} Events, then its last one is rewritten. What the API server does not take for two minutes is dropped.
 */
@Singleton
public final class KubeEvents implements EventRecorder, AutoCloseable {

    private static final Logger LOG = Logger.getLogger(KubeEvents.class);

    private static final int WAITING = 256;
    private static final int REMEMBERED = 512;
    private static final int TEXTS = 10;
    private static final int MESSAGE_LIMIT = 1024;
    private static final Duration WINDOW = Duration.ofMinutes(10);
    private static final Duration GIVE_UP = Duration.ofMinutes(2);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private sealed interface Item {}

    /** {@code pod} null means the own Node. */
    private record Entry(
            @Nullable PodRef pod, boolean warning, String reason, String message, String action, Instant at)
            implements Item {}

    private record Flush(CountDownLatch written) implements Item {}

    private record Key(String object, String reason, String message) {}

    private record Written(String namespace, String name, int count, Instant first) {}

    private final ApiServer api;
    private final String node;
    private final InstantSource clock;
    private final BlockingQueue<Item> queue = new ArrayBlockingQueue<>(WAITING);
    private final AtomicLong dropped = new AtomicLong();
    private final Backoff backoff = new Backoff(new SplittableRandom());
    private final SplittableRandom names = new SplittableRandom();
    /** Only the writer's thread touches it; the oldest go first. */
    private final LinkedHashMap<Key, Written> written = new LinkedHashMap<>();

    private @Nullable Thread writer;

    /** For a program with a client of its own. */
    public KubeEvents(KubernetesClient client, NodeName node, InstantSource clock) {
        this(new ApiServer(client), node, clock);
    }

    @Inject
    KubeEvents(ApiServer api, NodeName node, InstantSource clock) {
        this.api = api;
        this.node = node.value();
        this.clock = clock;
    }

    @Override
    public void onNode(boolean warning, String reason, String message) {
        offer(new Entry(null, warning, reason, limit(message), reason, clock.instant()));
    }

    @Override
    public void onPod(PodRef pod, boolean warning, String reason, String message, @Nullable String action) {
        offer(new Entry(pod, warning, reason, limit(message), action == null ? reason : action, clock.instant()));
    }

    /** How many Events were never written. */
    public long dropped() {
        return dropped.get();
    }

    /** Waits until everything recorded so far is written or given up; false when that took longer. */
    public boolean flush(Duration timeout) {
        CountDownLatch done = new CountDownLatch(1);
        long deadline = System.nanoTime() + timeout.toNanos();
        try {
            startWriter();
            return queue.offer(new Flush(done), timeout.toNanos(), TimeUnit.NANOSECONDS)
                    && done.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    @PreDestroy
    public synchronized void close() {
        if (writer != null) {
            writer.interrupt();
        }
    }

    private void offer(Entry entry) {
        startWriter();
        if (!queue.offer(entry)) {
            drop(entry, "too many are waiting");
        }
    }

    private synchronized void startWriter() {
        if (writer == null) {
            writer = Thread.ofVirtual().name("events").start(this::run);
        }
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                switch (queue.take()) {
                    case Flush flush -> flush.written().countDown();
                    case Entry entry -> guarded(entry);
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("the Events' writer is closed");
        }
    }

    /** An Event that can't be written costs itself: the thread that writes all others goes on. */
    private void guarded(Entry entry) throws InterruptedException {
        try {
            writeWithPatience(entry);
        } catch (RuntimeException defect) {
            LOG.errorf(defect, "the Events' writer met a defect and goes on with the next Event");
            drop(entry, defect.toString());
        }
    }

    private void writeWithPatience(Entry entry) throws InterruptedException {
        long begun = System.nanoTime();
        while (true) {
            ApiAnswer answer = write(entry);
            if (answer.successful()) {
                backoff.succeeded();
                return;
            }
            boolean transientFailure = answer.status() == 0 || answer.status() == 429 || answer.status() >= 500;
            if (!transientFailure || System.nanoTime() - begun > GIVE_UP.toNanos()) {
                drop(entry, answer.reason());
                return;
            }
            Thread.sleep(backoff.next());
        }
    }

    private ApiAnswer write(Entry entry) {
        Key key = key(entry);
        Written known = written.get(key);
        if (known != null && known.first().plus(WINDOW).isAfter(entry.at())) {
            ApiAnswer answer = again(entry, known);
            if (answer.status() != 404) {
                if (answer.successful()) {
                    written.put(key, new Written(known.namespace(), known.name(), known.count() + 1, known.first()));
                }
                return answer;
            }
            // Events live an hour, or somebody deleted it: begin anew.
            written.remove(key);
        }
        return create(entry, key);
    }

    /** The message is part of the key until a reason has used up its texts. */
    private Key key(Entry entry) {
        PodRef pod = entry.pod();
        String object = pod == null ? "" : pod.uid();
        Key exact = new Key(object, entry.reason(), entry.message());
        long texts = written.entrySet().stream()
                .filter(known -> known.getKey().object().equals(object)
                        && known.getKey().reason().equals(entry.reason())
                        && known.getValue().first().plus(WINDOW).isAfter(entry.at()))
                .count();
        return written.containsKey(exact) || texts < TEXTS - 1 ? exact : new Key(object, entry.reason(), "");
    }

    private ApiAnswer create(Entry entry, Key key) {
        PodRef pod = entry.pod();
        String namespace = pod == null ? "default" : pod.namespace();
        String name = (pod == null ? node : pod.name()) + "." + Long.toHexString(names.nextLong());
        String at = time(entry.at());
        ObjectNode event = JsonNodeFactory.instance.objectNode();
        event.put("apiVersion", "v1").put("kind", "Event");
        event.putObject("metadata").put("name", name).put("namespace", namespace);
        ObjectNode object = event.putObject("involvedObject").put("apiVersion", "v1");
        if (pod == null) {
            // As kubelet does: every kubectl looks for the name in the place of the UID, only newer ones for both.
            object.put("kind", "Node").put("name", node).put("uid", node);
        } else {
            object.put("kind", "Pod")
                    .put("namespace", pod.namespace())
                    .put("name", pod.name())
                    .put("uid", pod.uid());
        }
        event.put("type", entry.warning() ? "Warning" : "Normal");
        event.put("reason", entry.reason()).put("message", entry.message()).put("action", entry.action());
        event.put("count", 1).put("firstTimestamp", at).put("lastTimestamp", at);
        event.put("reportingComponent", "lastcall").put("reportingInstance", node);
        event.putObject("source").put("component", "lastcall").put("host", node);
        ApiAnswer answer = api.send("POST", events(namespace), ApiServer.JSON, event.toString(), TIMEOUT);
        if (answer.successful()) {
            written.put(key, new Written(namespace, name, 1, entry.at()));
            if (written.size() > REMEMBERED) {
                written.remove(written.firstEntry().getKey());
            }
        }
        return answer;
    }

    private ApiAnswer again(Entry entry, Written known) {
        ObjectNode patch = JsonNodeFactory.instance.objectNode();
        patch.put("count", known.count() + 1)
                .put("lastTimestamp", time(entry.at()))
                .put("message", entry.message());
        String path = events(known.namespace()) + "/" + ApiServer.escape(known.name());
        return api.send("PATCH", path, ApiServer.MERGE_PATCH, patch.toString(), TIMEOUT);
    }

    private void drop(Entry entry, String why) {
        dropped.incrementAndGet();
        PodRef pod = entry.pod();
        LOG.warnf(
                "Event not written (%s): %s on %s: %s",
                why, entry.reason(), pod == null ? "the Node" : pod.toString(), entry.message());
    }

    private static String events(String namespace) {
        return "/api/v1/namespaces/" + ApiServer.escape(namespace) + "/events";
    }

    private static String limit(String message) {
        return message.length() <= MESSAGE_LIMIT ? message : message.substring(0, MESSAGE_LIMIT - 1) + "…";
    }

    private static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
