package dev.lastcall.drain.run;

import dev.lastcall.drain.NodeGateway;
import dev.lastcall.drain.NodePatch;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.PatchAnswer;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Writes one patch to the Node until it stands: on a conflict it re-reads, recomputes and retries at once, on any other
 * answer, a refusal included, it backs off while there is time. An API server that has just started refuses what it will
 * allow in a moment, and a webhook that fails closed comes back.
 */
public final class NodeWriter {
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final int CONFLICTS_IN_A_ROW = 50;

    private final NodeGateway node;
    private final Waiting waiting;

    public NodeWriter(NodeGateway node, Waiting waiting) {
        this.node = node;
        this.waiting = waiting;
    }

    /**
     * @param patch computed anew from each view of the Node
     * @param stop asked after each try, and while it backs off
     * @param problem called once per kind of trouble
     * @return the answer that ended it: {@link PatchAnswer.Done}, or the last one before the time was over
     */
    public PatchAnswer write(
            Function<NodeView, NodePatch> patch, Instant until, BooleanSupplier stop, Consumer<String> problem)
            throws InterruptedException {
        Optional<NodeView> view = node.latest();
        String reported = "";
        int conflicts = 0;
        int failures = 0;
        while (true) {
            PatchAnswer answer = view.isPresent() ? node.patch(patch.apply(view.get())) : new PatchAnswer.Missing();
            if (answer instanceof PatchAnswer.Done) {
                return answer;
            }
            String trouble = trouble(answer);
            if (!trouble.isEmpty() && !trouble.equals(reported)) {
                reported = trouble;
                problem.accept(trouble);
            }
            conflicts = answer instanceof PatchAnswer.Conflict ? conflicts + 1 : 0;
            if (stop.getAsBoolean() || !waiting.now().isBefore(until)) {
                return answer;
            }
            // A whole row of conflicts is no race any more.
            if (conflicts == 0 || conflicts > CONFLICTS_IN_A_ROW) {
                failures++;
                var _ = waiting.await(stop, waiting.now().plus(PAUSE.multipliedBy(Math.min(failures, 10))));
            }
            Optional<NodeView> fresh = node.read();
            view = fresh.isPresent() ? fresh : view;
        }
    }

    /** Empty for what is part of the business: somebody else wrote, or the Node has not been seen yet. */
    private static String trouble(PatchAnswer answer) {
        return switch (answer) {
            case PatchAnswer.Refused refused -> "HTTP " + refused.status() + ": " + refused.reason();
            case PatchAnswer.Failed failed ->
                failed.status() == 0 ? failed.reason() : "HTTP " + failed.status() + ": " + failed.reason();
            case PatchAnswer.Done _, PatchAnswer.Conflict _, PatchAnswer.Missing _ -> "";
        };
    }
}
