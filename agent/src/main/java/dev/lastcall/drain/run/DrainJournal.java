package dev.lastcall.drain.run;

import dev.lastcall.drain.DrainPhase;
import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.DrainReport;
import dev.lastcall.drain.NodeGateway;
import dev.lastcall.drain.NodeMarks;
import dev.lastcall.drain.NodePatch;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.notice.Notice;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The notice of one drain and its record on the Node, changed together: a notice that takes over does so from another
 * thread than the drain's own. Every write goes on until it stands or its time is over.
 */
final class DrainJournal {
    /** How long a drain stands still for a patch that only records how far it has come. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    private final NodeGateway node;
    private final NodeMarks marks;
    private final InstantSource clock;
    private final NodeWriter writer;
    private final Consumer<String> finding;
    private final Object lock = new Object();

    private volatile Notice notice;
    private volatile DrainRecord record;

    DrainJournal(
            Notice notice,
            Optional<DrainRecord> resumed,
            NodeGateway node,
            NodeMarks marks,
            InstantSource clock,
            Consumer<String> finding) {
        this.notice = notice;
        this.record = resumed.orElseGet(() -> DrainRecord.of(
                notice, DrainPhase.NOTICED, false, false, marks.settings().version(), null));
        this.node = node;
        this.marks = marks;
        this.clock = clock;
        this.writer = new NodeWriter(node, clock);
        this.finding = finding;
    }

    Notice notice() {
        return notice;
    }

    DrainRecord record() {
        return record;
    }

    boolean dryRun() {
        return marks.settings().dryRun() || notice.dryRun();
    }

    /** The one patch; the first that succeeds decides what is ours. */
    PatchAnswer cordon(Instant until, BooleanSupplier stop, Consumer<String> problem) throws InterruptedException {
        AtomicReference<Optional<DrainRecord>> sent = new AtomicReference<>(Optional.empty());
        return writer.write(
                view -> {
                    synchronized (lock) {
                        if (sent.get().filter(last -> marks.carries(view, last)).isPresent()
                                || (record.phase() == DrainPhase.CORDONED && marks.carries(view, record))) {
                            // An earlier try went through and only its answer was lost, or a notice that took over
                            // wrote first: what the first one found is what counts.
                            sent.set(Optional.of(record));
                            return marks.marks(view, record);
                        }
                        // Another notice may have taken over while this waited for the API server.
                        NodeMarks.Marked marked = marks.cordon(view, notice);
                        record = marked.record();
                        sent.set(Optional.of(marked.record()));
                        return marked.patch();
                    }
                },
                until,
                stop,
                problem);
    }

    /** After a restart the cordon stands already; only marks that went missing meanwhile are put back. */
    void repair() throws InterruptedException {
        boolean missing = node.latest()
                .filter(view -> !view.unschedulable() || !view.annotations().containsKey(NodeMarks.DRAIN))
                .isPresent();
        if (missing) {
            write(view -> marks.marks(view, record));
        }
    }

    void reached(DrainPhase phase) {
        synchronized (lock) {
            record = record.with(phase);
        }
    }

    void advance(DrainPhase phase) throws InterruptedException {
        reached(phase);
        write(view -> marks.phase(view, record));
    }

    void remember(Map<String, DrainRecord.Baseline> baselines) {
        synchronized (lock) {
            record = record.with(baselines);
        }
    }

    /** The report is all that is left of this node: while the node stands there is no reason to give up on it. */
    void finish(DrainReport report, Instant deadline) throws InterruptedException {
        String json = marks.write().apply(report.toMap());
        Instant soon = clock.instant().plus(PATIENCE);
        write(view -> marks.finish(view, record, json), soon.isAfter(deadline) ? soon : deadline);
    }

    void release() throws InterruptedException {
        write(view -> marks.release(view, record));
    }

    /**
     * Kind, source and deadline follow the notice, id and start stay.
     *
     * @return false where this drain is over, taken back, or only a rehearsal of one: the notice needs its own
     */
    boolean takeOver(Notice next, BooleanSupplier cancelled, Runnable changed) throws InterruptedException {
        boolean marked;
        synchronized (lock) {
            if (cancelled.getAsBoolean() || record.phase().over() || (notice.dryRun() && !next.dryRun())) {
                return false;
            }
            notice = new Notice(
                    notice.id(),
                    next.kind(),
                    next.behavesAs(),
                    next.source(),
                    next.deadline(),
                    notice.noticedAt(),
                    notice.answeredNanos(),
                    notice.dryRun());
            record = record.takenOverBy(next);
            marked = record.phase() != DrainPhase.NOTICED;
        }
        changed.run();
        if (marked && !dryRun()) {
            write(view -> marks.marks(view, record));
        }
        return true;
    }

    private void write(Function<NodeView, NodePatch> patch) throws InterruptedException {
        write(patch, clock.instant().plus(PATIENCE));
    }

    private void write(Function<NodeView, NodePatch> patch, Instant until) throws InterruptedException {
        var _ = writer.write(patch, until, () -> false, reason -> finding.accept("writing to the node: " + reason));
    }
}
