package dev.lastcall.kube;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.config.AgentConfig;
import dev.lastcall.config.NodeName;
import dev.lastcall.drain.NodeGateway;
import dev.lastcall.drain.NodePatch;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.PatchAnswer;
import io.fabric8.kubernetes.client.KubernetesClient;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The own Node: one watch, one patch at a time. Nothing is asked of the API server before {@link #start()}. */
@Singleton
public final class KubeNode implements NodeGateway, AutoCloseable {

    /** Short enough for a second try inside the shortest notice. */
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final ApiServer api;
    private final String path;
    private final ListWatch watch;
    private final Listeners<NodeView> listeners = new Listeners<>();

    private volatile @Nullable NodeView latest;
    /** Versions that our own patches were answered with and the watch has not shown yet; guarded by this. */
    private final List<String> ahead = new ArrayList<>();

    @Inject
    KubeNode(ApiServer api, NodeName name, AgentConfig config) {
        this(api, name, new WatchPace(config.notice().blindAfter()));
    }

    /** For a program with a client of its own. */
    public KubeNode(KubernetesClient client, NodeName name) {
        this(new ApiServer(client), name, WatchPace.DEFAULT);
    }

    KubeNode(ApiServer api, NodeName name, WatchPace pace) {
        this.api = api;
        this.path = "/api/v1/nodes/" + ApiServer.escape(name.value());
        this.watch = new ListWatch(
                api,
                "own Node",
                "/api/v1/nodes?fieldSelector=metadata.name%3D" + ApiServer.escape(name.value()),
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

    /** Called with each new state, on the watch's thread: be quick, or later states come late. */
    public void onChange(Consumer<NodeView> listener) {
        listeners.add(listener);
    }

    @Override
    public Optional<NodeView> latest() {
        return Optional.ofNullable(latest);
    }

    @Override
    public Optional<NodeView> read() {
        ApiAnswer answer = api.get(path, TIMEOUT);
        return answer.status() == 200 ? Optional.of(NodeViews.of(answer.json())) : Optional.empty();
    }

    @Override
    public PatchAnswer patch(NodePatch patch) {
        ApiAnswer answer = api.send("PATCH", path, ApiServer.MERGE_PATCH, Bodies.of(patch), TIMEOUT);
        PatchAnswer said = Answers.patch(answer);
        if (said instanceof PatchAnswer.Done) {
            written(patch, NodeViews.of(answer.json()));
        }
        return said;
    }

    /**
     * The watch shows our own write some milliseconds late, and a patch computed before that is a conflict. Nobody wrote between
     * the patch's version and the answer's, so the answer is newer than what the watch had shown by then; listeners hear of it
     * from the watch.
     */
    private synchronized void written(NodePatch patch, NodeView answered) {
        NodeView seen = latest;
        if (seen != null
                && seen.resourceVersion().equals(patch.resourceVersion())
                && seen.uid().equals(answered.uid())) {
            latest = answered;
            ahead.add(answered.resourceVersion());
        }
    }

    /** The watch has come so far; an earlier write of our own than the last one takes nothing back. */
    private synchronized void shown(NodeView view) {
        boolean behind = ahead.contains(view.resourceVersion())
                && !view.resourceVersion().equals(ahead.getLast());
        if (!behind) {
            see(view);
        }
    }

    private synchronized void see(@Nullable NodeView view) {
        latest = view;
        ahead.clear();
    }

    /**
     * Sends the patch for show ({@code dryRun=All}): the API server decides about it and stores nothing. Whether this
     * agent may do it is known before the notice, not at it; and the first request of its kind costs several times a
     * later one (classes, TLS), which is better spent at the start than at a notice.
     */
    public PatchAnswer dryRun(NodePatch patch) {
        return Answers.patch(api.send("PATCH", path + "?dryRun=All", ApiServer.MERGE_PATCH, Bodies.of(patch), TIMEOUT));
    }

    @Override
    @PreDestroy
    public void close() {
        watch.close();
    }

    private final class Picture implements ListWatch.Picture {
        @Override
        public void replace(List<JsonNode> objects) {
            if (objects.isEmpty()) {
                see(null);
            } else {
                NodeView seen = NodeViews.of(objects.getFirst());
                see(seen);
                listeners.tell(seen);
            }
        }

        @Override
        public void put(JsonNode object) {
            NodeView seen = NodeViews.of(object);
            shown(seen);
            listeners.tell(seen);
        }

        @Override
        public void remove(JsonNode object) {
            see(null);
        }
    }
}
