package dev.lastcall.drain.run;

import dev.lastcall.drain.Deadlines;
import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainFacts;
import dev.lastcall.drain.DrainPhase;
import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.DrainReport;
import dev.lastcall.drain.DrainScore;
import dev.lastcall.drain.DrainStatus;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.PodPlan;
import dev.lastcall.notice.Notice;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One drain from the notice to the report. It runs on a thread of its own, one more for the Node's marks and one per
 * pod, and goes on until every pod is gone, the deadline has come or the notice is taken back. Decisions are made by
 * {@link dev.lastcall.drain.PodRules}, {@link Deadlines} and {@link dev.lastcall.drain.PodStep}; what was decided before
 * a restart is read from the {@link DrainRecord}.
 */
public final class DrainRun implements Runnable {
    /** The cordon is first, but not for longer than this: serving pods must leave their routers. */
    private static final Duration CORDON_FIRST = Duration.ofSeconds(1);
    /** A bind can be in flight when the cordon lands: pods are looked for this long after it. */
    private static final Duration LATE_BINDS = Duration.ofSeconds(5);
    /** How long the phase patch waits for the engines' first readings, which a restart will need. */
    private static final Duration BASELINE_PATIENCE = Duration.ofMillis(1_500);

    private final DrainPorts ports;
    private final Waiting waiting;
    private final boolean resumed;
    /** The notice it began with, whatever takes it over. */
    private final Notice begunFor;

    private final DrainJournal journal;
    private final DrainContext context;
    private final PodDrains drains;
    private final DryRun dry;
    private final Object first = new Object();
    private boolean noticeTold;
    private volatile @Nullable String cordonTrouble;
    private volatile @Nullable DrainScore score;
    private volatile @Nullable DrainReport report;

    private DrainRun(Notice notice, Optional<DrainRecord> resumed, DrainPorts ports) {
        Set<String> findings = DrainContext.noFindings();
        this.ports = ports;
        this.waiting = ports.waiting();
        this.resumed = resumed.isPresent();
        this.begunFor = notice;
        this.journal = new DrainJournal(notice, resumed, ports, findings::add);
        this.context = new DrainContext(ports, journal, findings);
        this.drains = new PodDrains(
                context, journal.record().baselines(), journal.record().progress());
        this.dry = new DryRun(context, drains);
    }

    /** A drain that begins now. */
    public static DrainRun begin(Notice notice, DrainPorts ports) {
        return new DrainRun(notice, Optional.empty(), ports);
    }

    /** A drain that an earlier life of the agent began. */
    public static DrainRun resume(DrainRecord record, DrainPorts ports) {
        return new DrainRun(record.notice(), Optional.of(record), ports);
    }

    @Override
    public void run() {
        try {
            if (context.dryRun()) {
                tellNotice();
                describePlan();
                return;
            }
            // The Event of the notice would take the open connection to the API server from the cordon.
            journal.open(context::cancelled, this::cordoned, this::notCordoned);
            var _ = waiting.await(
                    () -> journal.stands() || context.cancelled(), context.now().plus(CORDON_FIRST));
            tellNotice();
            drain();
            if (context.cancelled()) {
                cancelled();
            } else {
                complete(drains.gone() && journal.stands() ? DrainPhase.DONE : DrainPhase.FAILED);
            }
        } catch (InterruptedException stopped) {
            // The agent is being stopped; the Node's annotation lets the next one go on, which tells no Event of the
            // notice.
            tellNotice();
            Thread.currentThread().interrupt();
        } finally {
            journal.stop();
        }
    }

    /** Once, and before anything else that is told of this drain. */
    private void tellNotice() {
        synchronized (first) {
            if (!noticeTold) {
                noticeTold = true;
                context.emit(new DrainEvent.Noticed(begunFor, resumed));
            }
        }
    }

    /** Decides, reads the engines and tells, and writes nothing. */
    private void describePlan() throws InterruptedException {
        context.emit(new DrainEvent.WouldCordon(notice()));
        var _ = waiting.await(context.pods()::synced, context.now().plus(LATE_BINDS));
        score = dry.run();
        journal.reached(DrainPhase.DONE);
        tell(DrainPhase.DONE);
    }

    private void cordoned(PatchAnswer.Done done) {
        Notice now = notice();
        Duration took = Duration.ofNanos(done.answeredNanos() - now.answeredNanos());
        journal.remember(progress -> progress.cordoned(took.toMillis()));
        String trouble = cordonTrouble;
        if (trouble != null) {
            context.finding(
                    "the node was cordoned only " + took.toMillis() + " ms after the notice, for before: " + trouble);
        }
        tellNotice();
        context.emit(new DrainEvent.Cordoned(now, took, record().cordonedByUs()));
    }

    private void notCordoned(String reason) {
        cordonTrouble = reason;
        tellNotice();
        context.emit(new DrainEvent.CordonFailed(notice(), reason));
    }

    private void drain() throws InterruptedException {
        Instant baselinesUntil = context.now().plus(BASELINE_PATIENCE);
        boolean reported = record().phase().compareTo(DrainPhase.WITHDRAWN) >= 0;
        Instant stoodAt = null;
        while (!context.cancelled() && context.now().isBefore(end())) {
            context.lookAround();
            drains.takeUpNew();
            if (stoodAt == null && journal.stands()) {
                stoodAt = context.now();
            }
            // Before the list of pods is known, an empty list does not mean that there is no pod to withdraw.
            if (!reported
                    && context.pods().synced()
                    && drains.withdrawn()
                    && (drains.read() || !context.now().isBefore(baselinesUntil))) {
                reported = true;
                reportWithdrawn();
            }
            remember();
            if (reported && record().phase() == DrainPhase.WITHDRAWN && drains.withdrawalsFinished()) {
                journal.reached(DrainPhase.DRAINING);
            }
            // A node that still takes pods is not drained yet.
            boolean noMoreBinds = stoodAt != null && !context.now().isBefore(stoodAt.plus(LATE_BINDS));
            if (drains.allEnded() && reported && context.pods().synced() && noMoreBinds) {
                break;
            }
            int ended = drains.ended();
            var _ = waiting.await(
                    () -> context.cancelled() || drains.ended() != ended,
                    earlier(end(), context.now().plusMillis(100)));
        }
        drains.close();
        // Pods that are still waiting see the same end and report themselves; give them the moment to do so.
        var _ = waiting.await(
                () -> drains.ended() == drains.all().size(), context.now().plus(DrainContext.REPORT_LEAD.dividedBy(2)));
        remember();
    }

    private void remember() {
        journal.remember(drains.baselines(), facts(DrainPhase.DRAINING).progress());
    }

    private void reportWithdrawn() {
        Duration since = Duration.between(notice().noticedAt(), context.now());
        journal.remember(progress -> progress.withdrawn(since.toMillis()));
        journal.reached(DrainPhase.WITHDRAWN);
        context.emit(new DrainEvent.AllWithdrawn(drains.serving(), since));
    }

    /** The report is told before it is written: the machine can be cut while the API server keeps us waiting. */
    private void complete(DrainPhase phase) throws InterruptedException {
        if (!journal.stands()) {
            context.finding("the node was never cordoned: " + cordonTrouble);
        }
        journal.reached(phase);
        DrainReport made = tell(phase);
        journal.close();
        journal.finish(made, deadlines().deadline());
    }

    private void cancelled() throws InterruptedException {
        journal.reached(DrainPhase.CANCELLED);
        journal.close();
        // A withdrawal that is still under way would land after its own undoing.
        var _ = waiting.await(drains::over, context.now().plus(DrainJournal.PATIENCE));
        DrainReport made = tell(DrainPhase.CANCELLED);
        context.emit(new DrainEvent.Cancelled(notice(), context.cancelReason()));
        // What is left of this drain on Node and pods is GiveBack's to undo, from the moment this thread has ended.
        journal.finish(made, context.now());
    }

    private DrainReport tell(DrainPhase phase) {
        drains.all().forEach(DrainedPod::tellFindings);
        DrainReport made = facts(phase).report();
        report = made;
        context.emit(new DrainEvent.Completed(notice(), made, Duration.between(context.begun(), context.now())));
        return made;
    }

    private DrainFacts facts(DrainPhase phase) {
        return new DrainFacts(
                notice(),
                phase,
                context.dryRun(),
                drains.before().at(record().progress()),
                drains.facts(phase == DrainPhase.CANCELLED),
                drains.skipped(),
                score,
                context.findings(),
                context.now());
    }

    /**
     * Another notice took over: only ever to an earlier or more certain end.
     *
     * @return false where this drain is over, taken back, or only a dry run: the notice needs its own
     */
    public boolean takeOver(Notice next) {
        boolean taken = journal.takeOver(next, context::cancelled);
        if (!taken) {
            dry.cutShort();
        }
        return taken;
    }

    /** The notice was taken back: pods stay, our marks go. */
    public void cancel(String reason) {
        context.cancel(reason);
    }

    /** Something the drain decides by may have changed (a pod, the node). */
    public void changed() {
        waiting.signal();
    }

    public Notice notice() {
        return journal.notice();
    }

    public DrainRecord record() {
        return journal.record();
    }

    /** Of a drain that is over, one that was taken back included. */
    public Optional<DrainReport> report() {
        return Optional.ofNullable(report);
    }

    /** As it stands now. */
    public DrainStatus status() {
        return new DrainStatus(
                journal.record().id(),
                context.begun(),
                resumed,
                drains.all().stream().map(DrainedPod::status).toList());
    }

    /** What is going to happen to each pod of the node, by what is known now; of a dry run, what would. */
    public List<PodPlan> plan() {
        return drains.plan();
    }

    public Deadlines deadlines() {
        return context.deadlines();
    }

    /** When the drain stops waiting and reports. */
    public Instant end() {
        return context.end();
    }

    private static Instant earlier(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }
}
