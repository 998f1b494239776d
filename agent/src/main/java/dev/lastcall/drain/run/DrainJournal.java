package dev.lastcall.drain.run;

import dev.lastcall.drain.DrainPhase;
import dev.lastcall.drain.DrainProgress;
import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.DrainReport;
import dev.lastcall.drain.NodeMarks;
import dev.lastcall.drain.NodePatch;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.notice.Notice;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The notice of one drain and its record on the Node. The record changes in memory at once, from any thread; a thread of
 * the journal's own brings the Node to the same state, the cordon first, and never gives up while the drain lasts: the
 * drain goes on beside it.
 */
final class DrainJournal {
    /** How long the last writes of a drain are tried. */
    static final Duration PATIENCE = Duration.ofSeconds(5);
    /** A pod that went is worth a write of its own only where it served: the others are written together. */
    private static final Duration GATHER = Duration.ofSeconds(1);

    private final DrainPorts ports;
    private final NodeMarks marks;
    private final Waiting waiting;
    private final NodeWriter writer;
    private final Consumer<String> finding;
    private final Object lock = new Object();

    private volatile Notice notice;
    private volatile DrainRecord record;
    private volatile @Nullable DrainRecord written;
    private volatile boolean stands;
    private volatile boolean closed;
    private volatile boolean over = true;

    DrainJournal(Notice notice, Optional<DrainRecord> resumed, DrainPorts ports, Consumer<String> finding) {
        this.ports = ports;
        this.marks = ports.marks();
        this.waiting = ports.waiting();
        this.notice = notice;
        this.record = resumed.orElseGet(() -> DrainRecord.of(
                notice, DrainPhase.NOTICED, false, false, marks.settings().version(), null));
        this.writer = new NodeWriter(ports.node(), waiting);
        this.finding = finding;
        this.stands = resumed.isPresent();
        this.written = resumed.orElse(null);
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

    /** The cordon was answered with 200, in this life or an earlier one. */
    boolean stands() {
        return stands;
    }

    /**
     * Begins to write.
     *
     * @param cordoned called when the one patch stands
     * @param problem called with what keeps it from standing
     */
    void open(BooleanSupplier stop, Consumer<PatchAnswer.Done> cordoned, Consumer<String> problem) {
        over = false;
        waiting.start("drain-journal", () -> {
            try {
                boolean sound = Guarded.run(
                        () -> follow(stop, cordoned, problem),
                        defect -> finding.accept("the journal ended by a defect: " + Guarded.described(defect)));
                if (!sound) {
                    problem.accept("a defect of the agent; see the log");
                }
            } finally {
                over = true;
                waiting.signal();
            }
        });
    }

    private void follow(BooleanSupplier stop, Consumer<PatchAnswer.Done> cordoned, Consumer<String> problem)
            throws InterruptedException {
        BooleanSupplier ended = () -> closed || stop.getAsBoolean();
        if (stands) {
            repair(ended);
        } else if (cordon(ended, problem) instanceof PatchAnswer.Done done) {
            stands = true;
            cordoned.accept(done);
            waiting.signal();
        }
        while (!ended.getAsBoolean()) {
            Instant latest = waiting.now().plus(GATHER);
            if (!waiting.await(() -> ended.getAsBoolean() || urgent(), latest) && record.equals(written)) {
                continue;
            }
            if (!ended.getAsBoolean()) {
                bring(ended);
            }
        }
    }

    /** The one patch; the first that succeeds decides what is ours. */
    private PatchAnswer cordon(BooleanSupplier ended, Consumer<String> problem) throws InterruptedException {
        AtomicReference<Optional<DrainRecord>> sent = new AtomicReference<>(Optional.empty());
        return writer.write(
                view -> {
                    synchronized (lock) {
                        if (sent.get().filter(last -> marks.carries(view, last)).isEmpty()) {
                            // What this look at the Node finds is what counts; an earlier try whose answer was lost has
                            // decided it already.
                            record = record.foundBy(marks.cordon(view, notice).record());
                        }
                        // The cordon says "cordoned" however far the drain has come beside it; what follows is brought
                        // after.
                        DrainRecord first = record.with(DrainPhase.CORDONED);
                        sent.set(Optional.of(first));
                        written = first;
                        return marks.marks(view, first);
                    }
                },
                Instant.MAX,
                ended,
                problem);
    }

    /** After a restart the cordon stands already; only marks that went missing meanwhile are put back. */
    private void repair(BooleanSupplier ended) throws InterruptedException {
        boolean missing = ports.node()
                .latest()
                .filter(view -> !view.unschedulable() || !view.annotations().containsKey(NodeMarks.DRAIN))
                .isPresent();
        if (missing) {
            write(view -> marks.marks(view, record), Instant.MAX, ended);
        }
    }

    private boolean urgent() {
        DrainRecord now = record;
        DrainRecord then = written;
        return then == null
                || !then.with(now.progress()).equals(now)
                || !then.progress().requests().equals(now.progress().requests())
                || then.progress().servingPods() != now.progress().servingPods();
    }

    private void bring(BooleanSupplier ended) throws InterruptedException {
        AtomicReference<DrainRecord> sent = new AtomicReference<>(record);
        DrainRecord before = written;
        write(
                view -> {
                    DrainRecord now = record;
                    sent.set(now);
                    boolean sameMarks = before != null && before.kind() == now.kind();
                    return sameMarks ? marks.phase(view, now) : marks.marks(view, now);
                },
                Instant.MAX,
                ended);
        written = sent.get();
    }

    /** How far the drain has come. */
    void reached(DrainPhase phase) {
        change(now -> now.with(phase));
    }

    /** What a restarted agent would have to know. */
    void remember(Map<String, DrainRecord.Baseline> baselines, DrainProgress progress) {
        change(now -> now.with(baselines).with(progress.at(now.progress())));
    }

    void remember(Function<DrainProgress, DrainProgress> moment) {
        change(now -> now.with(moment.apply(now.progress())));
    }

    private void change(Function<DrainRecord, DrainRecord> step) {
        boolean changed;
        synchronized (lock) {
            DrainRecord next = step.apply(record);
            changed = !next.equals(record);
            record = next;
        }
        if (changed) {
            waiting.signal();
        }
    }

    /** Its own thread ends after the request in hand. */
    void stop() {
        closed = true;
        waiting.signal();
    }

    /** No write of the journal's own thread comes after this, but for one whose answer takes longer than patience. */
    void close() throws InterruptedException {
        stop();
        var _ = waiting.await(() -> over, waiting.now().plus(PATIENCE));
    }

    /** The report is all that is left of this node: while the node stands there is no reason to give up on it. */
    void finish(DrainReport report, Instant deadline) throws InterruptedException {
        String json = marks.write().apply(report.toMap());
        Instant soon = waiting.now().plus(PATIENCE);
        write(view -> marks.finish(view, record, json), soon.isAfter(deadline) ? soon : deadline, () -> false);
    }

    /**
     * Kind, source and deadline follow the notice, id and start stay.
     *
     * @return false where this drain is over, taken back, or only a dry run: the notice needs its own
     */
    boolean takeOver(Notice next, BooleanSupplier cancelled) {
        synchronized (lock) {
            if (cancelled.getAsBoolean() || record.phase().over() || (notice.dryRun() && !next.dryRun())) {
                return false;
            }
            notice = new Notice(
                    notice.interruption().takenOverBy(next.interruption()), notice.noticedAt(), notice.answeredNanos());
            record = record.takenOverBy(next);
        }
        waiting.signal();
        return true;
    }

    private void write(Function<NodeView, NodePatch> patch, Instant until, BooleanSupplier stop)
            throws InterruptedException {
        var _ = writer.write(patch, until, stop, reason -> finding.accept("writing to the node: " + reason));
    }
}
