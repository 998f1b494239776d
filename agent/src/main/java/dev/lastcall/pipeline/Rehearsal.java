package dev.lastcall.pipeline;

import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.NoPods;
import dev.lastcall.drain.NodeGateway;
import dev.lastcall.drain.NodeMarks;
import dev.lastcall.drain.NodePatch;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.ServingSide;
import dev.lastcall.drain.run.DrainPorts;
import dev.lastcall.drain.run.DrainRun;
import dev.lastcall.drain.run.Waiting;
import dev.lastcall.kube.KubeNode;
import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeKind;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A whole cordon through the real code, with the API server in dry-run mode and no pods: it is cancelled the moment the
 * cordon stands. The first drain of a fresh process would otherwise load its classes and open its connection between
 * the notice and the cordon, which takes several times as long as the patch.
 */
final class Rehearsal {
    private final KubeNode node;
    private final ServingSide serving;
    private final NodeMarks marks;
    private final InstantSource clock;
    private final AtomicReference<Optional<PatchAnswer.Refused>> refused = new AtomicReference<>(Optional.empty());

    Rehearsal(KubeNode node, ServingSide serving, NodeMarks marks, InstantSource clock) {
        this.node = node;
        this.serving = serving;
        this.marks = marks;
        this.clock = clock;
    }

    /** The refusal, where the API server would not let this agent cordon its node. */
    Optional<PatchAnswer.Refused> run() {
        Instant now = clock.instant();
        Notice imagined = new Notice(
                "rehearsal",
                NoticeKind.SPOT,
                NoticeKind.SPOT,
                "rehearsal",
                now.plusSeconds(30),
                now,
                System.nanoTime(),
                false);
        AtomicReference<Optional<DrainRun>> itself = new AtomicReference<>(Optional.empty());
        DrainPorts ports = new DrainPorts(new DryNode(), new NoPods(), serving, marks, Waiting.on(clock), event -> {
            // Told for its wording only, so that the first real story is not the slow one.
            var _ = DrainStory.of(event);
            if (event instanceof DrainEvent.Cordoned || event instanceof DrainEvent.CordonFailed) {
                itself.get().ifPresent(cordoned -> cordoned.cancel("a rehearsal"));
            }
        });
        DrainRun run = DrainRun.begin(imagined, ports);
        itself.set(Optional.of(run));
        run.run();
        return refused.get();
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
            PatchAnswer answer = node.rehearse(patch);
            if (answer instanceof PatchAnswer.Refused no) {
                refused.set(Optional.of(no));
            }
            return answer;
        }
    }
}
