package dev.lastcall.drain.run;

import dev.lastcall.drain.NodeGateway;
import dev.lastcall.drain.NodePatch;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.PatchAnswer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Writes one patch to the Node until it stands: on a conflict it re-reads, recomputes and retries at once, on a failure
 * it backs off while there is time.
 */
public final class NodeWriter {
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final int CONFLICTS_IN_A_ROW = 50;

    private final NodeGateway node;
    private final InstantSource clock;

    public NodeWriter(NodeGateway node, InstantSource clock) {
        this.node = node;
        this.clock = clock;
    }

    /**
     * @param patch computed anew from each view of the Node
     * @param problem told once per kind of trouble
     * @return the answer that ended it: {@link PatchAnswer.Done}, or the last one before time or patience ran out
     */
    public PatchAnswer write(
            Function<NodeView, NodePatch> patch, Instant until, BooleanSupplier stop, Consumer<String> problem)
            throws InterruptedException {
        Optional<NodeView> view = node.latest();
        PatchAnswer answer = new PatchAnswer.Missing();
        int conflicts = 0;
        int failures = 0;
        while (true) {
            if (view.isPresent()) {
                answer = node.patch(patch.apply(view.get()));
            }
            switch (answer) {
                case PatchAnswer.Done done -> {
                    return done;
                }
                case PatchAnswer.Refused refused -> {
                    problem.accept("HTTP " + refused.status() + ": " + refused.reason());
                    return refused;
                }
                case PatchAnswer.Conflict _ -> conflicts++;
                case PatchAnswer.Missing _ -> failures++;
                case PatchAnswer.Failed failed -> {
                    if (failures++ == 0) {
                        problem.accept(failed.reason());
                    }
                }
            }
            if (stop.getAsBoolean() || !clock.instant().isBefore(until) || conflicts > CONFLICTS_IN_A_ROW) {
                return answer;
            }
            if (!(answer instanceof PatchAnswer.Conflict)) {
                Thread.sleep(PAUSE.multipliedBy(Math.min(failures, 10)));
            }
            Optional<NodeView> fresh = node.read();
            view = fresh.isPresent() ? fresh : view;
        }
    }
}
