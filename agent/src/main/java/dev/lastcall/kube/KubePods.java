package dev.lastcall.kube;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.config.AgentConfig;
import dev.lastcall.config.NodeName;
import dev.lastcall.drain.EvictionAnswer;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.PodGateway;
import dev.lastcall.drain.PodRef;
import dev.lastcall.drain.PodView;
import io.fabric8.kubernetes.client.KubernetesClient;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/** The pods of the own Node: one watch, single requests. Nothing is asked of the API server before {@link #start()}. */
@Singleton
public final class KubePods implements PodGateway, AutoCloseable {

    private static final Logger LOG = Logger.getLogger(KubePods.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    /** The longest that is waited: the server's conflict loop alone may take 20 times 500 ms (kubernetes issue 102361). */
    private static final Duration EVICTION_TIMEOUT = Duration.ofSeconds(15);

    private final ApiServer api;
    private final InstantSource clock;
    private final ListWatch watch;
    private final Listeners<List<PodView>> listeners = new Listeners<>();

    private volatile List<PodView> latest = List.of();
    private volatile Map<String, PodView> latestByUid = Map.of();
    private volatile boolean synced;

    @Inject
    KubePods(ApiServer api, NodeName node, InstantSource clock, AgentConfig config) {
        this(api, node, clock, new WatchPace(config.notice().blindAfter()));
    }

    /** For a program with a client of its own. */
    public KubePods(KubernetesClient client, NodeName node, InstantSource clock) {
        this(new ApiServer(client), node, clock, WatchPace.DEFAULT);
    }

    KubePods(ApiServer api, NodeName node, InstantSource clock, WatchPace pace) {
        this.api = api;
        this.clock = clock;
        this.watch = new ListWatch(
                api,
                "own pods",
                "/api/v1/pods?fieldSelector=spec.nodeName%3D" + ApiServer.escape(node.value()),
                new Picture(),
                pace);
    }

    /** Begins to watch; returns at once and needs no API server to be there. */
    public void start() {
        watch.start();
    }

    /** Whether the watch is open right now. */
    public boolean connected() {
        return watch.connected();
    }

    /** False from the first failure of the watch until it is open again. */
    public boolean up() {
        return watch.up();
    }

    /** Whether the watch has had no sign of life for {@code lastcall.notice.blind-after}. */
    public boolean blind() {
        return watch.blind();
    }

    /** Called with the whole new set after each change, on the watch's thread: be quick, or later sets come late. */
    public void onChange(Consumer<List<PodView>> listener) {
        listeners.add(listener);
    }

    @Override
    public List<PodView> latest() {
        return latest;
    }

    @Override
    public Optional<PodView> latest(PodRef pod) {
        return Optional.ofNullable(latestByUid.get(pod.uid()));
    }

    @Override
    public boolean synced() {
        return synced;
    }

    @Override
    public boolean gone(PodRef pod) {
        ApiAnswer answer = api.get(path(pod), TIMEOUT);
        String uid = answer.json().path("metadata").path("uid").asText("");
        return Answers.missing(answer) || (answer.status() == 200 && !uid.isEmpty() && !uid.equals(pod.uid()));
    }

    @Override
    public EvictionAnswer evict(PodRef pod, Duration grace, Duration patience) {
        return Answers.eviction(api.send(
                "POST",
                path(pod) + "/eviction",
                ApiServer.JSON,
                Bodies.eviction(pod, grace),
                atMost(EVICTION_TIMEOUT, patience)));
    }

    @Override
    public EvictionAnswer delete(PodRef pod, Duration grace, Duration patience) {
        return Answers.eviction(api.send(
                "DELETE", path(pod), ApiServer.JSON, Bodies.deletion(pod, grace), atMost(EVICTION_TIMEOUT, patience)));
    }

    @Override
    public PatchAnswer mark(
            PodRef pod, Map<String, Optional<String>> labels, Map<String, Optional<String>> annotations) {
        ApiAnswer answer =
                api.send("PATCH", path(pod), ApiServer.MERGE_PATCH, Bodies.marks(pod, labels, annotations), TIMEOUT);
        return Answers.patch(answer) instanceof PatchAnswer.Done done
                ? new PatchAnswer.Done(
                        done.answeredNanos(),
                        answer.json().at("/metadata/resourceVersion").asText(""))
                : Answers.patch(answer);
    }

    @Override
    public PatchAnswer condition(
            PodRef pod, String type, boolean status, String reason, String message, Duration patience) {
        String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
        return Answers.patch(api.send(
                "PATCH",
                path(pod) + "/status",
                ApiServer.STRATEGIC_PATCH,
                Bodies.condition(pod, type, status, reason, message, now),
                atMost(TIMEOUT, patience)));
    }

    private static Duration atMost(Duration longest, Duration patience) {
        return patience.compareTo(longest) < 0 ? patience : longest;
    }

    @Override
    @PreDestroy
    public void close() {
        watch.close();
    }

    private static String uid(JsonNode pod) {
        return pod.path("metadata").path("uid").asText("");
    }

    private static String path(PodRef pod) {
        return "/api/v1/namespaces/" + ApiServer.escape(pod.namespace()) + "/pods/" + ApiServer.escape(pod.name());
    }

    private final class Picture implements ListWatch.Picture {

        /** By UID: a name may stand for the old pod and its successor. */
        private final Map<String, PodView> pods = new LinkedHashMap<>();
        /** UIDs of pods that can't be read, each said once. */
        private final Set<String> unreadable = new HashSet<>();

        @Override
        public void replace(List<JsonNode> objects) {
            Set<String> listed = objects.stream().map(KubePods::uid).collect(Collectors.toSet());
            pods.keySet().retainAll(listed);
            unreadable.retainAll(listed);
            objects.forEach(this::add);
            publish();
        }

        @Override
        public void put(JsonNode object) {
            add(object);
            publish();
        }

        @Override
        public void remove(JsonNode object) {
            pods.remove(uid(object));
            unreadable.remove(uid(object));
            publish();
        }

        /** A pod that can't be read costs the others nothing; its last readable state stays, if there was one. */
        private void add(JsonNode object) {
            try {
                PodView pod = PodViews.of(object);
                pods.put(pod.ref().uid(), pod);
                unreadable.remove(pod.ref().uid());
            } catch (RuntimeException odd) {
                if (unreadable.add(uid(object))) {
                    JsonNode meta = object.path("metadata");
                    LOG.errorf(
                            "pod %s/%s can't be read and would not be drained: %s",
                            meta.path("namespace").asText(),
                            meta.path("name").asText(),
                            String.valueOf(odd.getMessage()).lines().findFirst().orElse(""));
                }
            }
        }

        private void publish() {
            latestByUid = Map.copyOf(pods);
            latest = List.copyOf(pods.values());
            synced = true;
            listeners.tell(latest);
        }
    }
}
