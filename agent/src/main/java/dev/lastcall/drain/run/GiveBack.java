package dev.lastcall.drain.run;

import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.NodeGateway;
import dev.lastcall.drain.NodeMarks;
import dev.lastcall.drain.NodePatch;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.PodGateway;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.ServingSide;
import dev.lastcall.drain.run.Interruptions.Marks;
import dev.lastcall.drain.run.Interruptions.Wanted;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * The way back, as a state and not as a step: on a node without an active drain no mark of ours stands on the Node or on a
 * pod. It looks whenever something may have changed, does what is missing, and looks again until nothing is. What an earlier
 * life of the agent, an older version or a refused request left behind is found in the same way as what this drain set.
 *
 * <p>It also keeps the marks of a node that goes for certain ({@link KeptMarks}), for the same reason: what has to be true is
 * looked at, not remembered.
 */
public final class GiveBack implements Runnable {
    private static final Logger LOG = Logger.getLogger(GiveBack.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    /** Where all holds nobody needs to look; a change that nobody reported is found this late. */
    private static final Duration WHERE_ALL_HOLDS = Duration.ofSeconds(30);
    /** While a drain is at it, or a source has not spoken yet: nobody tells when that ends, and looking costs nothing. */
    private static final Duration WHILE_LEFT_ALONE = Duration.ofMillis(500);

    private static final int CONFLICTS = 5;

    private final NodeGateway node;
    private final PodGateway pods;
    private final ServingSide serving;
    private final NodeMarks marks;
    private final Supplier<Wanted> wanted;
    private final Supplier<Optional<DrainRecord>> lastRun;
    private final Consumer<DrainEvent> out;
    private final KeptMarks kept;
    private final DetachedPods detached;
    private final Semaphore looks = new Semaphore(0);
    private int failures;

    /**
     * @param wanted asked anew before every request
     * @param lastRun the record of this process's drain, from which the Node's annotation takes the phase it ended in
     */
    GiveBack(
            NodeGateway node,
            PodGateway pods,
            ServingSide serving,
            NodeMarks marks,
            InstantSource clock,
            Supplier<Wanted> wanted,
            Supplier<Optional<DrainRecord>> lastRun,
            Consumer<DrainEvent> out) {
        this.node = node;
        this.pods = pods;
        this.serving = serving;
        this.marks = marks;
        this.wanted = wanted;
        this.lastRun = lastRun;
        this.out = out;
        this.kept = new KeptMarks(marks, clock, out);
        this.detached = new DetachedPods(pods, serving, clock, this::look, out);
    }

    /** Something may have changed. */
    public void look() {
        looks.release();
    }

    /** Looks until interrupted. */
    @Override
    public void run() {
        try {
            while (true) {
                Duration pause = once();
                var _ = looks.tryAcquire(pause.toNanos(), TimeUnit.NANOSECONDS);
                var _ = looks.drainPermits();
            }
        } catch (InterruptedException stopped) {
            detached.forgetAll();
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Does once what is missing.
     *
     * @return how long to wait before the next look, where nothing tells of a change before
     */
    Duration once() {
        boolean holds;
        Wanted now = wanted.get();
        try {
            holds = look(now);
        } catch (RuntimeException defect) {
            if (failures == 0) {
                LOG.warn("giving the node back met a defect and is tried again", defect);
            }
            holds = false;
        }
        failures = holds ? 0 : Math.min(failures + 1, 10);
        if (holds) {
            return kept.waits() || now.marks() == Marks.LEFT_ALONE ? WHILE_LEFT_ALONE : WHERE_ALL_HOLDS;
        }
        Duration pause = FIRST_PAUSE.multipliedBy(1L << (failures - 1));
        return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
    }

    private boolean look(Wanted now) {
        boolean holds = switch (now.marks()) {
            case LEFT_ALONE -> true;
            case KEPT ->
                patch(
                        view -> kept.missing(view, lastRun.get().or(() -> marks.record(view))),
                        Marks.KEPT,
                        this::keptAgain);
            case RESPECTED -> atRisk(now.atRisk(), Marks.RESPECTED);
            case GIVEN_BACK -> node() & atRisk(now.atRisk(), Marks.GIVEN_BACK) & pods();
        };
        if (now.marks() != Marks.GIVEN_BACK) {
            detached.forgetAll();
        }
        return now.gates() ? serving.admit(pods.latest(), () -> wanted.get().gates()) && holds : holds;
    }

    private boolean node() {
        return patch(
                view -> marks.stand(view) ? Optional.of(marks.giveBack(view, lastRun.get())) : Optional.empty(),
                Marks.GIVEN_BACK,
                this::givenBack);
    }

    private boolean atRisk(Optional<Instant> since, Marks still) {
        return patch(
                view -> view.annotations().containsKey(NodeMarks.AT_RISK) == since.isPresent()
                        ? Optional.empty()
                        : Optional.of(marks.atRisk(view, since)),
                still,
                (_, _) -> {});
    }

    private boolean pods() {
        boolean holds = true;
        List<PodView> left = new ArrayList<>();
        for (PodView pod : pods.latest()) {
            if (serving.marked(pod) && !pod.finished() && pod.deletedAt() == null) {
                switch (serving.restore(pod, () -> wanted.get().marks() == Marks.GIVEN_BACK)) {
                    case HOLDS -> {}
                    case AGAIN -> holds = false;
                    case DETACHED -> left.add(pod);
                }
            }
        }
        return detached.look(left) && holds;
    }

    private interface OnPatched {
        void by(NodeView before, NodePatch patch);
    }

    /** One patch, computed anew after each conflict; true where it went through or none is needed. */
    private boolean patch(Function<NodeView, Optional<NodePatch>> missing, Marks still, OnPatched patched) {
        Optional<NodeView> view = node.latest();
        for (int tries = 0; tries < CONFLICTS && view.isPresent(); tries++) {
            Optional<NodePatch> patch = missing.apply(view.get());
            if (patch.isEmpty()) {
                return true;
            }
            if (wanted.get().marks() != still) {
                return true; // another state is wanted by now, and whoever brought it about has asked for a look
            }
            PatchAnswer answer = node.patch(patch.get());
            if (answer instanceof PatchAnswer.Done) {
                patched.by(view.get(), patch.get());
                return true;
            }
            if (!(answer instanceof PatchAnswer.Conflict)) {
                return false;
            }
            view = node.read();
        }
        return view.isEmpty() && node.latest().isEmpty();
    }

    private void keptAgain(NodeView before, NodePatch patch) {
        kept.set(before, lastRun.get().or(() -> marks.record(before)));
    }

    private void givenBack(NodeView before, NodePatch patch) {
        List<String> undone = new ArrayList<>();
        if (patch.taints() != null && patch.taints().size() < before.taints().size()) {
            undone.add("taint");
        }
        if (patch.labels().containsKey(NodeMarks.LB_LABEL)) {
            undone.add("load balancer label");
        }
        if (patch.unschedulable() != null) {
            undone.add("cordon");
        }
        marks.record(before)
                .filter(_ -> !undone.isEmpty())
                .ifPresent(record -> out.accept(new DrainEvent.Uncordoned(record.notice(), undone)));
    }
}
