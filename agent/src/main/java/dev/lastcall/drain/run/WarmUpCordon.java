package dev.lastcall.drain.run;

import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainStory;
import dev.lastcall.drain.NoPods;
import dev.lastcall.drain.NodeGateway;
import dev.lastcall.drain.NodeMarks;
import dev.lastcall.drain.NodePatch;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.ServingSide;
import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeKind;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

/**
 * A whole cordon through the real code, with the API server in dry-run mode and no pods: it is cancelled the moment the
 * cordon stands. The first drain of a fresh process would otherwise load its classes and open its connection between
 * the notice and the cordon, which takes several times as long as the patch.
 */
public final class WarmUpCordon {

    /** Sends a patch for show: the API server decides about it and stores nothing. */
    @FunctionalInterface
    public interface DryPatch {
        PatchAnswer send(NodePatch patch);
    }

    private final NodeGateway node;
    private final DryPatch dry;
    private final ServingSide serving;
    private final NodeMarks marks;
    private final InstantSource clock;
    private final AtomicReference<Optional<PatchAnswer>> answer = new AtomicReference<>(Optional.empty());

    public WarmUpCordon(NodeGateway node, DryPatch dry, ServingSide serving, NodeMarks marks, InstantSource clock) {
        this.node = node;
        this.dry = dry;
        this.serving = serving;
        this.marks = marks;
        this.clock = clock;
    }

    /**
     * What the API server said to the cordon: {@link PatchAnswer.Done} only if it said yes, else its last answer; empty where
     * none was asked for.
     */
    public Optional<PatchAnswer> run() {
        Instant now = clock.instant();
        Notice imagined = Notice.of("warm-up", NoticeKind.SPOT, "warm-up", now.plusSeconds(30), now, System.nanoTime());
        AtomicReference<Optional<DrainRun>> itself = new AtomicReference<>(Optional.empty());
        DrainPorts ports = new DrainPorts(new DryNode(), new NoPods(), serving, marks, Waiting.on(clock), event -> {
            // Worded for its classes only, so that the first real story is not the slow one.
            var _ = DrainStory.of(event);
            if (event instanceof DrainEvent.Cordoned || event instanceof DrainEvent.CordonFailed) {
                itself.get().ifPresent(cordoned -> cordoned.cancel("the warm-up cordon"));
            }
        });
        DrainRun run = DrainRun.begin(imagined, ports);
        itself.set(Optional.of(run));
        run.run();
        return answer.get();
    }

    private final class DryNode implements NodeGateway {
        @Override
        public Optional<NodeView> latest() {
            return node.latest();
        }

        @Override
        public Optional<NodeView> read() {
            return node.read();
        }

        @Override
        public PatchAnswer patch(NodePatch patch) {
            PatchAnswer said = dry.send(patch);
            UnaryOperator<Optional<PatchAnswer>> aYesStays =
                    before -> before.filter(PatchAnswer.Done.class::isInstance).or(() -> Optional.of(said));
            var _ = answer.updateAndGet(aYesStays);
            return said;
        }
    }
}
