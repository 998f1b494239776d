package dev.lastcall.pipeline;

import dev.lastcall.config.AgentConfig;
import dev.lastcall.drain.DrainPhase;
import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.DrainRecords;
import dev.lastcall.drain.NodeMarks;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.run.WarmUpCordon;
import dev.lastcall.kube.KubeEvents;
import dev.lastcall.kube.KubeNode;
import dev.lastcall.kube.KubePods;
import dev.lastcall.notice.NodeFacts;
import dev.lastcall.notice.NodeSigns;
import dev.lastcall.notice.ResumedNotice;
import dev.lastcall.serving.ServingPods;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Connects the two watches with their consumers. The first view of the Node gives the notice side what it needs and resumes an
 * unfinished drain; every later one may carry a mark. Views of the pods and of the Node move a running drain, or its undoing, on.
 */
@ApplicationScoped
public class NodeWiring implements NodeFacts.Provider {
    private static final Logger LOG = Logger.getLogger(NodeWiring.class);
    private static final int REHEARSALS = 2;
    /**
     * Reactive Messaging wires its channels at priority 1000. A watch that answers sooner would meet beans whose channels
     * do not exist yet, and an unfinished drain would not be taken up.
     */
    private static final int AFTER_CHANNELS = 1_100;

    private static final Duration EVENTS_FLUSH = Duration.ofSeconds(2);

    private final AgentConfig config;
    private final KubeNode node;
    private final KubePods pods;
    private final KubeEvents events;
    private final ServingPods serving;
    private final NoticePolling notices;
    private final DrainPipeline drains;
    private final NodeMarks marks;
    private final InstantSource clock;
    private final GpuPictures pictures;

    private final CompletableFuture<NodeFacts> facts = new CompletableFuture<>();
    private final AtomicBoolean gpusSeen = new AtomicBoolean();

    NodeWiring(
            AgentConfig config,
            KubeNode node,
            KubePods pods,
            KubeEvents events,
            ServingPods serving,
            NoticePolling notices,
            DrainPipeline drains,
            NodeMarks marks,
            InstantSource clock,
            GpuPictures pictures) {
        this.config = config;
        this.node = node;
        this.pods = pods;
        this.events = events;
        this.serving = serving;
        this.notices = notices;
        this.drains = drains;
        this.marks = marks;
        this.clock = clock;
        this.pictures = pictures;
    }

    @Override
    public CompletionStage<NodeFacts> facts() {
        return facts;
    }

    void start(@Observes @Priority(AFTER_CHANNELS) StartupEvent event) {
        if (!config.kubernetes().enabled()) {
            facts.complete(NodeFacts.unknown());
            return;
        }
        node.onChange(this::nodeSeen);
        pods.onChange(this::podsSeen);
        node.start();
        pods.start();
    }

    private void nodeSeen(NodeView view) {
        if (!facts.isDone()) {
            Optional<DrainRecord> record = DrainRecords.read(view.annotations());
            // The ledger must know the notice before a source can name it again, and the drain before a mark can.
            facts.complete(new NodeFacts(
                    view.name(),
                    view.providerId(),
                    view.bootId(),
                    this::hasGpus,
                    instant(view.annotations().get(NodeMarks.AT_RISK)),
                    record.filter(r -> r.phase() != DrainPhase.CANCELLED).map(NodeWiring::resumed)));
            drains.nodeFirstSeen();
            var _ = Thread.ofVirtual().name("warm-up-cordon").start(this::warmUpCordon);
        }
        notices.nodeChanged(signs(view));
        drains.nodeChanged();
    }

    /** A missing right is worth knowing before the notice, and the first cordon of a fresh process is a slow one. */
    private void warmUpCordon() {
        if (config.dryRun()) {
            LOG.info("no warm-up cordon: a dry run sends none");
            return;
        }
        Optional<PatchAnswer> said = Optional.empty();
        for (int i = 0; i < REHEARSALS && !drains.draining(); i++) {
            said = new WarmUpCordon(node, node::dryRun, serving, marks, clock).run();
        }
        if (said.isEmpty()) {
            LOG.info("no warm-up cordon: a drain is running");
            return;
        }
        switch (said.get()) {
            case PatchAnswer.Done _ -> LOG.info("the warm-up cordon succeeded: the API server would accept a cordon");
            case PatchAnswer.Refused refused ->
                LOG.errorf(
                        "this agent may not cordon its node: HTTP %d, %s; check its ClusterRole",
                        refused.status(), refused.reason());
            case PatchAnswer.Failed failed ->
                LOG.errorf(
                        "whether this agent may cordon its node is not known: the warm-up cordon got %s (%s); a notice tries it again",
                        failed.status() == 0 ? "no answer" : "HTTP " + failed.status(), failed.reason());
            case PatchAnswer.Conflict _, PatchAnswer.Missing _ ->
                LOG.warn(
                        "whether this agent may cordon its node is not known: the Node changed during the warm-up cordon");
        }
    }

    private void podsSeen(List<PodView> latest) {
        drains.podsChanged();
    }

    /** Asked at each reading that depends on it; what was once seen to have GPUs has them, whatever its driver does. */
    private boolean hasGpus() {
        boolean seen = node.latest().filter(NodeView::saysGpus).isPresent()
                || pictures.latest()
                        .filter(picture -> !picture.snapshot().gpus().isEmpty())
                        .isPresent();
        if (seen) {
            gpusSeen.set(true);
        }
        return gpusSeen.get();
    }

    private static ResumedNotice resumed(DrainRecord record) {
        return new ResumedNotice(
                record.interruption(),
                record.startedAt(),
                record.bootId(),
                record.phase().over());
    }

    private static NodeSigns signs(NodeView view) {
        return new NodeSigns(
                view.labels(),
                view.annotations(),
                view.taints().stream()
                        .map(taint -> new NodeSigns.Taint(taint.key(), taint.value(), taint.effect()))
                        .toList(),
                view.conditions().entrySet().stream()
                        .map(condition -> new NodeSigns.Condition(condition.getKey(), condition.getValue()))
                        .toList());
    }

    private static @Nullable Instant instant(@Nullable String text) {
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeParseException notOurs) {
            return null;
        }
    }

    void stop(@Observes @Priority(1000) ShutdownEvent event) {
        var _ = events.flush(EVENTS_FLUSH);
        node.close();
        pods.close();
        events.close();
    }
}
