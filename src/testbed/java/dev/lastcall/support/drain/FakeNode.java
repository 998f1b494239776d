package dev.lastcall.support.drain;

import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.NodeGateway;
import dev.lastcall.drain.NodeMarks;
import dev.lastcall.drain.NodePatch;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.Taint;
import dev.lastcall.support.drain.SteppedTime.Action;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One Node in memory with the API server's optimistic locking: a patch of an old version is a conflict. Reactions can
 * be put before it; each stands for one request that never reached the object.
 */
public final class FakeNode implements NodeGateway {
    private final List<NodePatch> sent = new ArrayList<>();
    private final Deque<PatchAnswer> reactions = new ArrayDeque<>();
    private NodeView node;
    private NodeView watched;
    private volatile @Nullable Action delay;
    private int answersLost;
    private int reads;

    public FakeNode(NodeView node) {
        this.node = node;
        this.watched = node;
    }

    /** The next request gets this answer and changes nothing. */
    public synchronized FakeNode answer(PatchAnswer answer) {
        reactions.add(answer);
        return this;
    }

    /** The next request is applied, but its answer never comes. */
    public synchronized FakeNode loseAnswer() {
        answersLost++;
        return this;
    }

    /** Each patch takes as long as the action does. */
    public FakeNode slow(Action action) {
        delay = action;
        return this;
    }

    /** An earlier life of the agent has left its marks. */
    public synchronized void marked(DrainRecord record) {
        writtenByOthers(Samples.node(
                "7",
                true,
                List.of(new Taint(NodeMarks.TAINT, record.kind().label(), "NoSchedule")),
                Map.of(NodeMarks.LB_LABEL, NodeMarks.LB_VALUE),
                Map.of(NodeMarks.DRAIN, record.toMap().toString())));
        watched = node;
    }

    /** Somebody else takes a taint away, and the watch shows it. */
    public synchronized void untaint(String key) {
        NodeView before = node;
        writtenByOthers(Samples.node(
                before.resourceVersion(),
                before.unschedulable(),
                before.taints().stream()
                        .filter(taint -> !taint.key().equals(key))
                        .toList(),
                before.labels(),
                before.annotations()));
        watched = node;
    }

    /** Somebody else writes; the watch has not shown it yet. */
    public synchronized void writtenByOthers(NodeView other) {
        node = next(other);
    }

    @Override
    public synchronized Optional<NodeView> latest() {
        return Optional.of(watched);
    }

    @Override
    public synchronized Optional<NodeView> read() {
        reads++;
        watched = node;
        return Optional.of(node);
    }

    @Override
    public PatchAnswer patch(NodePatch patch) {
        Action slow = delay;
        if (slow != null) {
            try {
                slow.run();
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            } catch (Exception failed) {
                throw new IllegalStateException(failed);
            }
        }
        return apply(patch);
    }

    private synchronized PatchAnswer apply(NodePatch patch) {
        sent.add(patch);
        PatchAnswer planned = reactions.poll();
        if (planned != null) {
            return planned;
        }
        if (!patch.resourceVersion().equals(node.resourceVersion())) {
            return new PatchAnswer.Conflict();
        }
        Boolean unschedulable = patch.unschedulable();
        var taints = patch.taints();
        node = next(new NodeView(
                node.name(),
                node.uid(),
                node.resourceVersion(),
                unschedulable == null ? node.unschedulable() : unschedulable,
                taints == null ? node.taints() : taints,
                merged(node.labels(), patch.labels()),
                merged(node.annotations(), patch.annotations()),
                node.conditions(),
                node.providerId(),
                node.bootId(),
                node.gpus()));
        watched = node;
        if (answersLost > 0) {
            answersLost--;
            return new PatchAnswer.Failed(0, "timeout");
        }
        return new PatchAnswer.Done(System.nanoTime());
    }

    public synchronized List<NodePatch> sent() {
        return List.copyOf(sent);
    }

    public synchronized int reads() {
        return reads;
    }

    public synchronized NodeView now() {
        return node;
    }

    private static Map<String, String> merged(Map<String, String> before, Map<String, Optional<String>> changes) {
        Map<String, String> after = new LinkedHashMap<>(before);
        changes.forEach((key, value) -> value.ifPresentOrElse(v -> after.put(key, v), () -> after.remove(key)));
        return Map.copyOf(after);
    }

    private NodeView next(NodeView view) {
        return new NodeView(
                view.name(),
                view.uid(),
                String.valueOf(Integer.parseInt(node.resourceVersion()) + 1),
                view.unschedulable(),
                view.taints(),
                view.labels(),
                view.annotations(),
                view.conditions(),
                view.providerId(),
                view.bootId(),
                view.gpus());
    }
}
