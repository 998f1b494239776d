package dev.lastcall.drain.run;

import dev.lastcall.drain.Company;
import dev.lastcall.drain.Deadlines;
import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainPhase;
import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.DrainReport;
import dev.lastcall.drain.DrainSettings;
import dev.lastcall.drain.NodeGateway;
import dev.lastcall.drain.NodeMarks;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.PodGateway;
import dev.lastcall.drain.PodRef;
import dev.lastcall.drain.PodRules;
import dev.lastcall.drain.PodStatus;
import dev.lastcall.drain.PodStep;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.ServingSide;
import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeKind;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One drain from the notice to the report. It runs on a thread of its own, one more per pod, and goes on until every
 * pod is gone, the deadline has come or the notice is taken back. Decisions are made by {@link PodRules},
 * {@link Deadlines} and {@link PodStep}; what was decided before a restart is read from the {@link DrainRecord}.
 *
 * <p>A little over 300 lines: the steps of a drain in their order, and what its pods may ask of the whole.
 */
public final class DrainRun implements DrainContext, Runnable {
    /** A bind can be in flight when the cordon lands: pods are looked for this long after it. */
    private static final Duration LATE_BINDS = Duration.ofSeconds(5);
    /** The report is written before the machine is cut. */
    private static final Duration REPORT_LEAD = Duration.ofMillis(500);
    /** What a drain gets whose deadline has passed, or was never one (hibernate, a late restart). */
    private static final Duration AT_LEAST = Duration.ofSeconds(10);
    /** How long the phase patch waits for the engines' first readings, which a restart will need. */
    private static final Duration BASELINE_PATIENCE = Duration.ofMillis(1_500);

    /** A notice that names no time (a node mark without a window): long enough for every request, yet it ends. */
    private static final Duration WITHOUT_DEADLINE = Duration.ofHours(1);

    private final NodeGateway node;
    private final PodGateway pods;
    private final ServingSide serving;
    private final DrainSettings settings;
    private final InstantSource clock;
    private final Consumer<DrainEvent> out;
    private final Changes changes;
    private final Semaphore requests;
    private final Instant begun;

    private final Set<String> findings = Collections.synchronizedSet(new LinkedHashSet<>());
    private final boolean resumed;
    private final DrainJournal journal;
    private final PodDrains drains;

    private volatile @Nullable String cancelReason;
    private volatile @Nullable Long cordonedAfterMs;
    private volatile @Nullable Long withdrawnAfterMs;
    private volatile @Nullable DrainReport report;

    /** A drain that begins now. */
    public DrainRun(
            Notice notice,
            Optional<DrainRecord> resumed,
            NodeGateway node,
            PodGateway pods,
            ServingSide serving,
            NodeMarks marks,
            InstantSource clock,
            Consumer<DrainEvent> out) {
        this.resumed = resumed.isPresent();
        this.settings = marks.settings();
        this.node = node;
        this.pods = pods;
        this.serving = serving;
        this.clock = clock;
        this.out = out;
        this.changes = new Changes(clock);
        this.requests = new Semaphore(settings.maxConcurrency());
        this.begun = clock.instant();
        this.journal = new DrainJournal(notice, resumed, node, marks, clock, this::finding);
        this.drains = new PodDrains(this, node, settings, journal.record().baselines());
    }

    @Override
    public void run() {
        try {
            emit(new DrainEvent.Noticed(notice(), resumed));
            cordon();
            if (dryRun()) {
                changes.await(clock.instant().plus(LATE_BINDS), pods::synced);
                drains.rehearse().forEach(this::finding);
                complete(DrainPhase.DONE);
                return;
            }
            drain();
            if (cancelled()) {
                giveBack(DrainPhase.CANCELLED);
                emit(new DrainEvent.Cancelled(notice(), String.valueOf(cancelReason)));
            } else {
                complete(drains.gone() ? DrainPhase.DONE : DrainPhase.FAILED);
                if (notice().kind() == NoticeKind.SIMULATED) {
                    giveBack(record().phase());
                }
            }
        } catch (InterruptedException stopped) {
            // The agent is being stopped; the Node's annotation lets the next one go on.
            Thread.currentThread().interrupt();
        }
    }

    private void cordon() throws InterruptedException {
        Notice now = notice();
        if (dryRun()) {
            emit(new DrainEvent.Cordoned(now, Duration.ofNanos(System.nanoTime() - now.answeredNanos()), false));
            return;
        }
        if (resumed) {
            journal.repair();
            return;
        }
        PatchAnswer answer =
                journal.cordon(end(), this::cancelled, reason -> emit(new DrainEvent.CordonFailed(now, reason)));
        if (answer instanceof PatchAnswer.Done done) {
            Duration took = Duration.ofNanos(done.answeredNanos() - now.answeredNanos());
            cordonedAfterMs = took.toMillis();
            emit(new DrainEvent.Cordoned(now, took, record().cordonedByUs()));
        } else {
            finding("the node could not be cordoned: " + answer);
        }
    }

    private void drain() throws InterruptedException {
        Instant lateBindsUntil = clock.instant().plus(LATE_BINDS);
        Instant baselinesUntil = clock.instant().plus(BASELINE_PATIENCE);
        boolean told = record().phase().compareTo(DrainPhase.WITHDRAWN) >= 0;
        while (!cancelled() && clock.instant().isBefore(end())) {
            drains.takeUpNew();
            // Until the pods are known, none to withdraw proves nothing.
            if (!told
                    && pods.synced()
                    && drains.withdrawn()
                    && (drains.read() || !clock.instant().isBefore(baselinesUntil))) {
                told = true;
                tellWithdrawn();
            }
            if (told && record().phase() == DrainPhase.WITHDRAWN && drains.settled()) {
                journal.advance(DrainPhase.DRAINING);
            }
            if (drains.ended() && told && pods.synced() && !clock.instant().isBefore(lateBindsUntil)) {
                return;
            }
            changes.await(earlier(end(), clock.instant().plusMillis(100)), this::cancelled);
        }
        // Pods that are still waiting see the same end and report themselves; give them the moment to do so.
        changes.await(clock.instant().plus(REPORT_LEAD.dividedBy(2)), drains::ended);
    }

    private void tellWithdrawn() throws InterruptedException {
        Duration since = Duration.between(notice().noticedAt(), clock.instant());
        if (!resumed) {
            withdrawnAfterMs = since.toMillis();
        }
        journal.remember(drains.baselines());
        journal.advance(DrainPhase.WITHDRAWN);
        emit(new DrainEvent.AllWithdrawn(drains.serving(), since));
    }

    private void complete(DrainPhase phase) throws InterruptedException {
        journal.reached(phase);
        DrainReport made = DrainReports.of(this, notice(), phase, settings, clock.instant());
        report = made;
        if (!dryRun()) {
            journal.finish(made, deadlines().deadline());
        }
        emit(new DrainEvent.Completed(notice(), made, Duration.between(begun, clock.instant())));
    }

    private void giveBack(DrainPhase phase) throws InterruptedException {
        journal.reached(phase);
        // A withdrawal that is still under way would land after its own undoing.
        changes.await(clock.instant().plus(DrainJournal.PATIENCE), drains::over);
        for (PodDrain pod : drains.all()) {
            if (pod.engine().isPresent()) {
                pod(pod.pod().ref()).ifPresent(serving::restore);
            }
        }
        journal.release();
        List<String> undone = new ArrayList<>(List.of("taint"));
        if (record().labelledByUs()) {
            undone.add("load balancer label");
        }
        if (record().cordonedByUs() && node.latest().flatMap(Company::of).isEmpty()) {
            undone.add("cordon");
        }
        emit(new DrainEvent.Uncordoned(notice(), undone));
    }

    /**
     * Another notice took over: only ever to an earlier or more certain end.
     *
     * @return false where this drain is over, taken back, or only a rehearsal of one: the notice needs its own
     */
    public boolean takeOver(Notice next) throws InterruptedException {
        return journal.takeOver(next, this::cancelled, changes::signal);
    }

    /** The notice was taken back: pods stay, our marks go. */
    public void cancel(String reason) {
        cancelReason = reason;
        changes.signal();
    }

    /** Something the drain decides by may have changed (a pod, the node). */
    public void changed() {
        changes.signal();
    }

    public Notice notice() {
        return journal.notice();
    }

    public DrainRecord record() {
        return journal.record();
    }

    public Optional<DrainReport> report() {
        return Optional.ofNullable(report);
    }

    /** Each pod the drain has taken up, as it stands now. */
    public List<PodStatus> status() {
        return drains.all().stream().map(PodDrain::status).toList();
    }

    Optional<Long> cordonedAfterMs() {
        return Optional.ofNullable(cordonedAfterMs);
    }

    Optional<Long> withdrawnAfterMs() {
        return Optional.ofNullable(withdrawnAfterMs);
    }

    Collection<PodDrain> podDrains() {
        return drains.all();
    }

    Collection<String> skippedPods() {
        return drains.skipped();
    }

    List<String> findings() {
        synchronized (findings) {
            return List.copyOf(findings);
        }
    }

    boolean wasResumed() {
        return resumed;
    }

    boolean dryRun() {
        return journal.dryRun();
    }

    @Override
    public Deadlines deadlines() {
        Notice notice = notice();
        Instant deadline = notice.deadline();
        return new Deadlines(
                deadline == null ? notice.noticedAt().plus(WITHOUT_DEADLINE) : deadline,
                notice.noticedAt(),
                settings.safetyMargin());
    }

    @Override
    public Instant end() {
        Instant byDeadline = deadlines().deadline().minus(REPORT_LEAD);
        Instant least = begun.plus(AT_LEAST);
        return byDeadline.isBefore(begun) || !hold() ? least : byDeadline;
    }

    @Override
    public boolean hold() {
        return notice().behavesAs() != NoticeKind.HIBERNATE;
    }

    @Override
    public boolean certain() {
        return switch (notice().behavesAs()) {
            case SPOT, PREEMPT, TERMINATE, HIBERNATE -> notice().kind() != NoticeKind.SIMULATED;
            default -> false;
        };
    }

    @Override
    public boolean mayForce() {
        boolean forAGpu = notice().kind() == NoticeKind.GPU; // the machine stays: nothing is worth overruling a budget
        return !forAGpu && settings.force().covers(notice().behavesAs(), notice().window());
    }

    @Override
    public boolean cancelled() {
        return cancelReason != null;
    }

    @Override
    public boolean onlyLastRemain() {
        return drains.onlyLastRemain();
    }

    @Override
    public Optional<PodView> pod(PodRef ref) {
        return pods.latest().stream().filter(pod -> pod.ref().equals(ref)).findFirst();
    }

    @Override
    public <T> T request(Supplier<T> call) throws InterruptedException {
        requests.acquire();
        try {
            return call.get();
        } finally {
            requests.release();
        }
    }

    @Override
    public double chance() {
        return ThreadLocalRandom.current().nextDouble();
    }

    @Override
    public void emit(DrainEvent event) {
        out.accept(event);
    }

    @Override
    public void finding(String line) {
        findings.add(line);
    }

    @Override
    public InstantSource clock() {
        return clock;
    }

    @Override
    public Changes changes() {
        return changes;
    }

    @Override
    public PodGateway pods() {
        return pods;
    }

    @Override
    public ServingSide serving() {
        return serving;
    }

    private static Instant earlier(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }
}
