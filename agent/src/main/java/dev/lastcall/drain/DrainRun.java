package dev.lastcall.drain;

import dev.lastcall.drain.ServingSide.Watched;
import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeKind;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One drain from the notice to the report. It runs on a thread of its own, one more per pod, and goes on until every
 * pod is gone, the deadline has come or the notice is taken back. Decisions are made by {@link PodRules},
 * {@link Deadlines} and {@link PodStep}; what was decided before a restart is read from the {@link DrainRecord}.
 *
 * <p>A little over 300 lines: it is the one place where the steps of a drain stand in their order.
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

    /** How long a drain stands still for a patch that only records how far it has come. */
    private static final Duration WRITE_PATIENCE = Duration.ofSeconds(5);

    /** A notice that names no time (a node mark without a window): long enough for every request, yet it ends. */
    private static final Duration WITHOUT_DEADLINE = Duration.ofHours(1);

    private final NodeGateway node;
    private final PodGateway pods;
    private final ServingSide serving;
    private final NodeMarks marks;
    private final DrainSettings settings;
    private final InstantSource clock;
    private final Consumer<DrainEvent> out;
    private final Changes changes;
    private final NodeWriter writer;
    private final Semaphore requests;
    private final Instant begun;

    private final Map<String, PodDrain> drains = new ConcurrentHashMap<>();
    private final Map<String, String> skipped = new ConcurrentHashMap<>();
    private final Set<String> findings = java.util.Collections.synchronizedSet(new LinkedHashSet<>());
    private final boolean resumed;
    private final Map<String, DrainRecord.Baseline> baselines;

    /** Guards notice and record: a notice that takes over does so from another thread. */
    private final Object records = new Object();

    private volatile Notice notice;
    private volatile DrainRecord record;
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
        this.notice = notice;
        this.resumed = resumed.isPresent();
        this.settings = marks.settings();
        this.record = resumed.orElseGet(() -> DrainRecord.of(
                notice, DrainPhase.NOTICED, false, false, marks.settings().version(), null));
        this.baselines = new HashMap<>(record.baselines());
        this.node = node;
        this.pods = pods;
        this.serving = serving;
        this.marks = marks;
        this.clock = clock;
        this.out = out;
        this.changes = new Changes(clock);
        this.writer = new NodeWriter(node, clock);
        this.requests = new Semaphore(settings.maxConcurrency());
        this.begun = clock.instant();
    }

    @Override
    public void run() {
        try {
            emit(new DrainEvent.Noticed(notice, resumed));
            cordon();
            if (dryRun()) {
                rehearse();
                complete(DrainPhase.DONE);
                return;
            }
            drain();
            if (cancelled()) {
                giveBack(DrainPhase.CANCELLED);
                emit(new DrainEvent.Cancelled(notice, String.valueOf(cancelReason)));
            } else {
                boolean failed = drains.values().stream()
                        .anyMatch(pod ->
                                pod.result().filter(r -> r != PodResult.FAILED).isEmpty());
                complete(failed ? DrainPhase.FAILED : DrainPhase.DONE);
                if (notice.kind() == NoticeKind.SIMULATED) {
                    giveBack(record.phase());
                }
            }
        } catch (InterruptedException stopped) {
            // The agent is being stopped; the Node's annotation lets the next one go on.
            Thread.currentThread().interrupt();
        }
    }

    private void cordon() throws InterruptedException {
        Notice now = notice;
        if (dryRun()) {
            emit(new DrainEvent.Cordoned(now, Duration.ofNanos(System.nanoTime() - now.answeredNanos()), false));
            return;
        }
        if (resumed) {
            // The cordon stands already; only marks that went missing meanwhile are put back.
            if (node.latest().filter(this::unmarked).isPresent()) {
                write(view -> marks.marks(view, record));
            }
            return;
        }
        // The first successful patch decides what is ours; the function may run again after a conflict.
        AtomicReference<Optional<DrainRecord>> sent = new AtomicReference<>(Optional.empty());
        PatchAnswer answer = writer.write(
                view -> {
                    synchronized (records) {
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
                end(),
                this::cancelled,
                reason -> emit(new DrainEvent.CordonFailed(now, reason)));
        if (answer instanceof PatchAnswer.Done done) {
            Duration took = Duration.ofNanos(done.answeredNanos() - now.answeredNanos());
            cordonedAfterMs = took.toMillis();
            emit(new DrainEvent.Cordoned(now, took, record.cordonedByUs()));
        } else {
            finding("the node could not be cordoned: " + answer);
        }
    }

    private boolean unmarked(NodeView view) {
        return !view.unschedulable() || !view.annotations().containsKey(NodeMarks.DRAIN);
    }

    private void drain() throws InterruptedException {
        Instant lateBindsUntil = clock.instant().plus(LATE_BINDS);
        Instant baselinesUntil = clock.instant().plus(BASELINE_PATIENCE);
        boolean told = record.phase().compareTo(DrainPhase.WITHDRAWN) >= 0;
        while (!cancelled() && clock.instant().isBefore(end())) {
            takeUpNewPods();
            Collection<PodDrain> all = drains.values();
            // Until the pods are known, none to withdraw proves nothing.
            if (!told && pods.synced() && all.stream().allMatch(PodDrain::isWithdrawn)) {
                boolean read = all.stream()
                        .allMatch(pod -> pod.result().isPresent()
                                || pod.engine().flatMap(Watched::baseline).isPresent()
                                || pod.engine().isEmpty());
                if (read || !clock.instant().isBefore(baselinesUntil)) {
                    told = true;
                    tellWithdrawn();
                }
            }
            if (told && record.phase() == DrainPhase.WITHDRAWN && settled()) {
                advance(DrainPhase.DRAINING);
            }
            boolean ended = all.stream().allMatch(pod -> pod.result().isPresent());
            if (ended && told && pods.synced() && !clock.instant().isBefore(lateBindsUntil)) {
                return;
            }
            changes.await(earlier(end(), clock.instant().plusMillis(100)), this::cancelled);
        }
        // Pods that are still waiting see the same end and report themselves; give them the moment to do so.
        changes.await(
                clock.instant().plus(REPORT_LEAD.dividedBy(2)),
                () -> drains.values().stream().allMatch(pod -> pod.result().isPresent()));
    }

    private PodRules rules() {
        return new PodRules(
                serving::serves,
                settings.namespacesLast(),
                settings.own(),
                node.latest().flatMap(Company::of));
    }

    /** Dry run: every decision as a finding, nothing written. */
    private void rehearse() throws InterruptedException {
        changes.await(clock.instant().plus(LATE_BINDS), pods::synced);
        PodRules rules = rules();
        for (PodView pod : pods.latest()) {
            finding(
                    switch (rules.verdict(pod)) {
                        case PodVerdict.Skip skip -> "would leave " + pod.ref() + ": " + skip.reason();
                        case PodVerdict.Hold _ -> "would withdraw " + pod.ref() + " and hold it until idle";
                        case PodVerdict.Evict _ -> "would evict " + pod.ref() + " at once";
                        case PodVerdict.Last _ -> "would evict " + pod.ref() + " last";
                    });
        }
    }

    private void takeUpNewPods() {
        PodRules rules = rules();
        List<PodDrain> taken = new ArrayList<>();
        for (PodView pod : pods.latest()) {
            String uid = pod.ref().uid();
            if (drains.containsKey(uid) || skipped.containsKey(uid)) {
                continue;
            }
            PodVerdict verdict = rules.verdict(pod);
            if (verdict instanceof PodVerdict.Skip skip) {
                skipped.put(uid, pod.ref() + ": " + skip.reason());
                continue;
            }
            PodDrain drain = new PodDrain(this, pod, verdict, Optional.ofNullable(baselines.get(uid)));
            drains.put(uid, drain);
            taken.add(drain);
        }
        // None starts before all are known: a critical pod that saw only itself would take itself for the last one.
        for (PodDrain drain : taken) {
            var _ = Thread.ofVirtual().name("drain-" + drain.pod().ref()).start(drain);
        }
    }

    private void tellWithdrawn() throws InterruptedException {
        Duration since = Duration.between(notice.noticedAt(), clock.instant());
        int count = 0;
        for (Map.Entry<String, PodDrain> entry : drains.entrySet()) {
            count += entry.getValue().engine().isPresent() ? 1 : 0;
            entry.getValue().engine().flatMap(Watched::baseline).ifPresent(b -> baselines.put(entry.getKey(), b));
        }
        if (!resumed) {
            withdrawnAfterMs = since.toMillis();
        }
        synchronized (records) {
            record = record.with(baselines);
        }
        advance(DrainPhase.WITHDRAWN);
        emit(new DrainEvent.AllWithdrawn(count, since));
    }

    private boolean settled() {
        return drains.values().stream().allMatch(pod -> pod.stage() != PodDrain.Stage.WITHDRAWING);
    }

    private void reached(DrainPhase phase) {
        synchronized (records) {
            record = record.with(phase);
        }
    }

    private void advance(DrainPhase phase) throws InterruptedException {
        reached(phase);
        write(view -> marks.phase(view, record));
    }

    private void complete(DrainPhase phase) throws InterruptedException {
        reached(phase);
        DrainReport made = DrainReports.of(this, notice, phase, settings, clock.instant());
        report = made;
        String json = marks.write().apply(made.toMap());
        if (!dryRun()) {
            // Deadline or not, the report is worth a few more tries: it is all that is left of this node. While the
            // node stands there is no reason to give up on it, however long the API server is away.
            Instant soon = clock.instant().plus(WRITE_PATIENCE);
            Instant deadline = deadlines().deadline();
            write(view -> marks.finish(view, record, json), soon.isAfter(deadline) ? soon : deadline);
        }
        emit(new DrainEvent.Completed(notice, made, Duration.between(begun, clock.instant())));
    }

    private void giveBack(DrainPhase phase) throws InterruptedException {
        reached(phase);
        // A withdrawal that is still under way would land after its own undoing.
        changes.await(
                clock.instant().plus(WRITE_PATIENCE),
                () -> drains.values().stream().allMatch(PodDrain::isOver));
        for (PodDrain pod : drains.values()) {
            pods.latest().stream()
                    .filter(view ->
                            view.ref().equals(pod.pod().ref()) && pod.engine().isPresent())
                    .forEach(serving::restore);
        }
        write(view -> marks.release(view, record));
        List<String> undone = new ArrayList<>(List.of("taint"));
        if (record.labelledByUs()) {
            undone.add("load balancer label");
        }
        if (record.cordonedByUs()) {
            undone.add("cordon");
        }
        emit(new DrainEvent.Uncordoned(notice, undone));
    }

    private void write(Function<NodeView, NodePatch> patch) throws InterruptedException {
        write(patch, clock.instant().plus(WRITE_PATIENCE));
    }

    private void write(Function<NodeView, NodePatch> patch, Instant until) throws InterruptedException {
        var _ = writer.write(patch, until, () -> false, reason -> finding("writing to the node: " + reason));
    }

    /**
     * Another notice took over: only ever to an earlier or more certain end.
     *
     * @return false where this drain is over, taken back, or only a rehearsal of one: the notice needs its own
     */
    public boolean takeOver(Notice next) throws InterruptedException {
        boolean marked;
        synchronized (records) {
            if (cancelled() || record.phase().over() || (notice.dryRun() && !next.dryRun())) {
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
        changes.signal();
        if (marked && !dryRun()) {
            write(view -> marks.marks(view, record));
        }
        return true;
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
        return notice;
    }

    public DrainRecord record() {
        return record;
    }

    public Optional<DrainReport> report() {
        return Optional.ofNullable(report);
    }

    /** Each pod the drain has taken up, as it stands now. */
    public List<PodStatus> status() {
        return drains.values().stream().map(PodDrain::status).toList();
    }

    Optional<Long> cordonedAfterMs() {
        return Optional.ofNullable(cordonedAfterMs);
    }

    Optional<Long> withdrawnAfterMs() {
        return Optional.ofNullable(withdrawnAfterMs);
    }

    Collection<PodDrain> podDrains() {
        return drains.values();
    }

    Collection<String> skippedPods() {
        return skipped.values();
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
        return settings.dryRun() || notice.dryRun();
    }

    @Override
    public Deadlines deadlines() {
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
        return notice.behavesAs() != NoticeKind.HIBERNATE;
    }

    @Override
    public boolean certain() {
        return switch (notice.behavesAs()) {
            case SPOT, PREEMPT, TERMINATE, HIBERNATE -> notice.kind() != NoticeKind.SIMULATED;
            default -> false;
        };
    }

    @Override
    public boolean mayForce() {
        return settings.force().covers(notice.behavesAs(), notice.window());
    }

    @Override
    public boolean cancelled() {
        return cancelReason != null;
    }

    @Override
    public boolean onlyLastRemain() {
        return pods.synced()
                && drains.values().stream()
                        .allMatch(pod -> pod.verdict() instanceof PodVerdict.Last
                                || pod.result().isPresent());
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
