package dev.lastcall.drain.run;

import dev.lastcall.drain.Backoff;
import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainFacts.PodFacts;
import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.EvictionAnswer;
import dev.lastcall.drain.EvictionTries;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.PodResult;
import dev.lastcall.drain.PodStage;
import dev.lastcall.drain.PodStatus;
import dev.lastcall.drain.PodStep;
import dev.lastcall.drain.PodVerdict;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.Refuser;
import dev.lastcall.drain.ServingSide.Rotation;
import dev.lastcall.drain.ServingSide.Stay;
import dev.lastcall.drain.ServingSide.Tally;
import dev.lastcall.drain.ServingSide.Watched;
import dev.lastcall.drain.ServingSide.Withdrawal;
import dev.lastcall.drain.Workload;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One pod on its way out, on a thread of its own: withdrawn and held where it serves, evicted, awaited. What to do next
 * is {@link PodStep}'s decision; here it is done. A defect on the way leaves the clock: the pod is then asked to go at
 * its force point, whatever else is known of it.
 *
 * <p>Well over 300 lines: one pod's way from the first step to the last, and what others may see of it.
 */
final class PodDrain implements Runnable {
    private static final Duration CONFIRM_GONE = Duration.ofSeconds(3);
    /** A pod that a list leaves out may be one that a stale cache leaves out: how long before it is asked for again. */
    private static final Duration DOUBT = Duration.ofSeconds(1);
    /** How long an eviction whose pod has no more time queues for a permit. */
    private static final Duration QUEUE = Duration.ofMillis(500);
    /** While a pod serves on as one of the last: how often its neighbours are looked at. */
    private static final Duration ASK_AGAIN = Duration.ofSeconds(1);
    /** Who can't be asked about for this long is not waited for: taking the pod out is tried on for as long as it takes. */
    private static final Duration CLEAR_WITHIN = Duration.ofSeconds(1);

    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);
    /** How long a worker of a multi-node group may keep silent before its silence is taken for its nature. */
    private static final Duration SILENCE = Duration.ofMillis(1_500);

    /**
     * What one pod has to know of the others.
     *
     * @param onlyLastRemain every pod that is not critical has ended
     * @param closing the drain ends
     */
    record Others(BooleanSupplier onlyLastRemain, BooleanSupplier closing) {}

    private final DrainContext context;
    private final Waiting waiting;
    private final PodView first;
    private final Others others;
    private final Optional<Watched> engine;
    private final boolean worker;

    private volatile PodVerdict verdict;
    private volatile PodStage stage;
    private volatile @Nullable Instant servingOnSince;
    private volatile boolean withdrawn;
    private volatile boolean over;
    private volatile boolean broken;
    /** A fresh answer of the API server said so; the watch alone is not believed. */
    private volatile boolean confirmed;

    private volatile Instant askAgain = Instant.MIN;
    private EvictionTries tries = EvictionTries.NONE;
    private boolean disruption;
    private @Nullable Instant shortenedFor;
    private @Nullable PodResult pendingResult;
    private volatile @Nullable PodResult result;
    private volatile @Nullable Instant goneAt;
    private volatile @Nullable Tally tally;

    PodDrain(
            DrainContext context,
            PodView pod,
            PodVerdict verdict,
            Optional<DrainRecord.Baseline> baseline,
            Others others) {
        this.context = context;
        this.waiting = context.waiting();
        this.first = pod;
        this.verdict = verdict;
        this.others = others;
        this.worker = verdict instanceof PodVerdict.Hold hold && !hold.group().isEmpty();
        boolean serves = verdict instanceof PodVerdict.Hold || verdict instanceof PodVerdict.Keep;
        this.stage = serves ? PodStage.WITHDRAWING : PodStage.WAITING;
        this.withdrawn = !serves;
        this.engine = serves ? Optional.of(context.serving().watch(pod, baseline, waiting::signal)) : Optional.empty();
    }

    /** A pod that was to be kept can be one to go when a more certain notice takes over; never the other way round. */
    void judge(PodVerdict now) {
        if (verdict instanceof PodVerdict.Keep && now instanceof PodVerdict.Hold) {
            verdict = now;
            waiting.signal();
        }
    }

    @Override
    public void run() {
        try {
            if (!Guarded.run(this::way, defect -> context.defect("drain of " + first.ref(), defect))) {
                broken = true;
                var _ = Guarded.run(this::leave, defect -> context.defect("eviction of " + first.ref(), defect));
            }
            if (result == null
                    && !context.cancelled()
                    && !Thread.currentThread().isInterrupted()) {
                var _ = Guarded.run(
                        () -> end(PodResult.FAILED, "a defect of the agent"),
                        defect -> context.defect("count of " + first.ref(), defect));
            }
        } finally {
            withdrawn = true;
            over = true;
            engine.ifPresent(watched ->
                    Guarded.run(watched::close, defect -> context.defect("reading of " + first.ref(), defect)));
            waiting.signal();
        }
    }

    private void way() throws InterruptedException {
        if (engine.isPresent()) {
            withdrawAndHold(engine.get());
        }
        leave();
    }

    private void withdrawAndHold(Watched watched) throws InterruptedException {
        Rotation rotation = context.serving().rotation(first);
        if (context.hold() && !context.cancelled()) {
            serveOn(rotation, watched);
        }
        if (context.cancelled()) {
            return;
        }
        stage = PodStage.WITHDRAWING;
        Withdrawal withdrawal = withdraw();
        withdrawn = true;
        waiting.signal();
        if (context.hold()) {
            await(
                    () -> left() || forcing(),
                    context.now().plus(context.serving().settle()));
            if (withdrawal.routed() && !left()) {
                rotation.stillRouted().forEach(context::finding);
            }
        }
        watched.settled();
        stage = PodStage.HELD;
        Instant silentUntil = context.now().plus(SILENCE);
        // Asked again at every change: a deadline can tighten, and what the engine can finish becomes known late.
        while (held(withdrawal, watched, silentUntil)) {
            Instant bound = holdUntil(watched);
            Instant until =
                    silent(watched) && context.now().isBefore(silentUntil) ? earlier(silentUntil, bound) : bound;
            await(() -> !held(withdrawal, watched, silentUntil) || !bound.equals(holdUntil(watched)), until);
        }
        if (worker && silent(watched)) {
            context.finding(first.ref() + " is a worker of the group " + ((PodVerdict.Hold) verdict).group()
                    + " and has no counters of its own: it was not held, and the group's leader, where it is on another"
                    + " node, serves on until it notices");
        } else if (watched.idle() && !left()) {
            context.emit(new DrainEvent.Idle(first.ref(), engineName(), context.now()));
        }
        context.company()
                .filter(_ -> deletedByOthers() && !watched.idle())
                .ifPresent(other -> context.finding(first.ref() + " was told to go by somebody else while it was held: "
                        + other + " is at work on this node too"));
    }

    private boolean silent(Watched watched) {
        return worker && watched.inFlight().isEmpty();
    }

    private boolean held(Withdrawal withdrawal, Watched watched, Instant silentUntil) {
        if (!context.hold() || left()) {
            return false;
        }
        if (kept()) {
            return !watched.idle()
                    && context.now().isBefore(context.end())
                    && !others.closing().getAsBoolean();
        }
        // Nothing but its deletion takes this pod out of its routers, and its engine finishes what it has.
        boolean drainsItself = !withdrawal.routed() && !watched.use().isZero();
        return !drainsItself
                && !watched.idle()
                && !forcing()
                && !(silent(watched) && !context.now().isBefore(silentUntil))
                && !context.deadlines().covered(watched.use(), context.now());
    }

    /** The force point, or the moment from which what the engine can finish covers all that is left. */
    private Instant holdUntil(Watched watched) {
        if (kept()) {
            return context.end();
        }
        Duration use = watched.use();
        return use.isZero()
                ? forcePoint()
                : earlier(forcePoint(), context.deadlines().coveredFrom(use));
    }

    /** One of the last that serve stays in rotation until others do, or until what it admitted could no longer finish. */
    private void serveOn(Rotation rotation, Watched watched) throws InterruptedException {
        boolean told = false;
        Instant notice = context.now();
        while (!left() && context.now().isBefore(leaveAt(watched))) {
            Stay stay = rotation.ask(context.deadlines().deadline(), context.certain());
            if (stay instanceof Stay.Leave) {
                return;
            }
            if (stay instanceof Stay.Unclear unclear) {
                Instant patience = notice.plus(CLEAR_WITHIN);
                if (!context.now().isBefore(patience)) {
                    context.finding(
                            first.ref() + " leaves its routers without a look at who else serves: " + unclear.reason());
                    return;
                }
                await(this::left, earlier(context.now().plus(LOOK_AGAIN), patience));
                continue;
            }
            stage = PodStage.SERVING_ON;
            if (!told) {
                told = true;
                servingOnSince = context.now();
                context.emit(new DrainEvent.Kept(first.ref(), engineName(), stay.reason(), leaveAt(watched)));
            }
            // The phase does not wait for a pod that serves on; what it has done so far has to survive a restart.
            withdrawn = true;
            waiting.signal();
            await(this::left, earlier(context.now().plus(ASK_AGAIN), leaveAt(watched)));
        }
    }

    /**
     * What is admitted later could no longer finish: by the engine's own request times, at half of the notice while they are unknown,
     * and always early enough for routers to follow before the force point.
     */
    private Instant leaveAt(Watched watched) {
        Instant last =
                watched.requestTime().map(context.deadlines()::coveredFrom).orElseGet(context.deadlines()::half);
        return earlier(last, forcePoint().minus(context.serving().settle()));
    }

    private Withdrawal withdraw() throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            Withdrawal withdrawal =
                    context.serving().withdraw(first, context.deadlines().deadline(), context.certain());
            if (withdrawal.problem() == null || attempt == 1) {
                context.emit(new DrainEvent.Withdrawn(first.ref(), engineName(), withdrawal));
            }
            if (withdrawal.problem() == null || left() || forcing()) {
                return withdrawal;
            }
            Duration pause = Backoff.pause(attempt, null, context.chance());
            await(this::left, context.now().plus(pause));
        }
    }

    /** Asked to go until it does; begun anew where an absence turns out to be a stale list's. */
    private void leave() throws InterruptedException {
        while (result == null && !context.cancelled() && !Thread.currentThread().isInterrupted()) {
            evict();
            awaitGone();
        }
    }

    private void evict() throws InterruptedException {
        while (!left() && pendingResult == null && result == null) {
            Instant now = context.now();
            boolean timeIsOver = !now.isBefore(context.end());
            if (kept()) {
                if (timeIsOver || others.closing().getAsBoolean()) {
                    end(PodResult.KEPT, "");
                } else {
                    await(() -> left() || !kept() || others.closing().getAsBoolean(), context.end());
                }
                continue;
            }
            if (timeIsOver) {
                end(PodResult.FAILED, "still there when the time was over");
                return;
            }
            PodStep.Standing standing = standing();
            switch (PodStep.next(standing, context.deadlines(), now)) {
                case PodStep.Wait wait -> {
                    Instant end = context.end();
                    await(
                            () -> left() || !standing.equals(standing()) || !end.equals(context.end()),
                            earlier(wait.until(), end));
                }
                case PodStep.Evict evict -> ask(evict.grace(), false);
                case PodStep.Delete delete -> ask(delete.grace(), true);
            }
        }
    }

    private PodStep.Standing standing() {
        boolean last = verdict instanceof PodVerdict.Last;
        boolean shared = last || verdict instanceof PodVerdict.Evict;
        boolean inCompany = shared && context.company().isPresent();
        return new PodStep.Standing(
                !broken && !inCompany && !(last && !others.onlyLastRemain().getAsBoolean()),
                !inCompany || context.machineGoes(),
                tries,
                forcePoint(),
                context.mayForce(),
                first.grace());
    }

    /** One request; settles the pod's part, or says when to ask again. */
    private void ask(Duration grace, boolean force) throws InterruptedException {
        stage = PodStage.EVICTING;
        unlessBroken(Watched::readOnceMore);
        if (force) {
            disruptionTarget();
        }
        Instant sent = context.now();
        EvictionAnswer answer = force
                ? context.pods().delete(first.ref(), context.deadlines().grace(first.grace(), sent))
                : context.eviction(
                        () -> context.pods().evict(first.ref(), grace), later(forcePoint(), sent.plus(QUEUE)));
        switch (answer) {
            case EvictionAnswer.Accepted _ -> {
                unlessBroken(Watched::signalled);
                stage = PodStage.TERMINATING;
                context.emit(new DrainEvent.Evicted(first.ref(), grace, force, engine.isPresent()));
                pendingResult = force ? PodResult.FORCED : PodResult.EVICTED;
            }
            case EvictionAnswer.Gone _, EvictionAnswer.Replaced _ -> confirmed = true;
            case EvictionAnswer.Refused no -> {
                stage = PodStage.BLOCKED;
                context.emit(new DrainEvent.Blocked(first.ref(), no.by(), no.reason(), tries.refused() == 0));
                if (tries.refused() == 0 && !(no.by() instanceof Refuser.Budget)) {
                    context.finding("the eviction of " + first.ref() + " was refused by "
                            + no.by().described() + ": " + no.reason());
                }
            }
            case EvictionAnswer.Throttled _, EvictionAnswer.Failed _, EvictionAnswer.NamespaceEnding _ -> {
                // Nothing to tell: it is asked again.
            }
        }
        tries = tries.after(answer, force, sent, context.now(), context.chance());
    }

    /** An eviction sets this condition, a bare deletion does not; a Job's podFailurePolicy goes by it. */
    private void disruptionTarget() {
        if (disruption) {
            return;
        }
        disruption = true;
        boolean marked = context.pod(first.ref())
                .filter(pod -> "True".equals(pod.conditions().get("DisruptionTarget")))
                .isPresent();
        if (marked) {
            return;
        }
        var _ = Guarded.run(
                () -> {
                    var answer = context.pods()
                            .condition(
                                    first.ref(),
                                    "DisruptionTarget",
                                    true,
                                    "DeletionByLastcall",
                                    "Lastcall: the node is being taken back and the eviction was refused");
                    switch (answer) {
                        case PatchAnswer.Done _, PatchAnswer.Missing _ -> {
                            // As wanted, or no longer needed.
                        }
                        default ->
                            context.finding(first.ref() + " was deleted without the condition DisruptionTarget: a Job"
                                    + " counts it as a failure (" + answer + ")");
                    }
                },
                defect -> context.defect("mark of " + first.ref(), defect));
    }

    private void awaitGone() throws InterruptedException {
        if (result != null || context.cancelled() || (pendingResult == null && !left())) {
            return;
        }
        if (pendingResult == null && !confirmed && finished()) {
            end(PodResult.GONE, "");
            return;
        }
        if (pendingResult == null && deletedByOthers()) {
            unlessBroken(Watched::signalled);
            stage = PodStage.TERMINATING;
        }
        while (!confirmed && !context.cancelled()) {
            Instant now = context.now();
            if (!now.isBefore(context.end())) {
                if (vanished()) {
                    break;
                }
                end(PodResult.FAILED, "told to go, but still terminating when the time was over");
                return;
            }
            shorten();
            Instant deadline = context.deadlines().deadline();
            await(
                    () -> confirmed
                            || context.cancelled()
                            || !deadline.equals(context.deadlines().deadline()),
                    earlier(now.plus(CONFIRM_GONE), context.end()));
            if (!confirmed && !context.now().isBefore(now.plus(CONFIRM_GONE))) {
                confirmed = context.pods().gone(first.ref());
            }
        }
        if (!context.cancelled()) {
            end(pendingResult == null ? PodResult.GONE : pendingResult, "");
        }
    }

    /** What a terminating pod was given when more time was left, it can't have any more. */
    private void shorten() {
        Instant until = context.pod(first.ref()).map(PodView::deletedAt).orElse(null);
        Instant deadline = context.deadlines().deadline();
        if (until == null || deadline.equals(shortenedFor)) {
            return;
        }
        Instant now = context.now();
        Duration grace = context.deadlines().grace(first.grace(), now);
        if (!now.plus(grace).plusSeconds(1).isBefore(until)) {
            return;
        }
        EvictionAnswer answer = context.pods().delete(first.ref(), grace);
        if (answer instanceof EvictionAnswer.Accepted) {
            shortenedFor = deadline;
            context.emit(new DrainEvent.Shortened(first.ref(), grace));
        } else if (answer instanceof EvictionAnswer.Gone || answer instanceof EvictionAnswer.Replaced) {
            confirmed = true;
        }
    }

    private synchronized void end(PodResult how, String reason) {
        if (result != null) {
            return;
        }
        goneAt = context.now();
        unlessBroken(watched -> {
            // A pod that did not leave in time goes down with its machine, and what it still does goes with it.
            Tally counted = watched.gone();
            tally = counted;
            if (counted.counts().lost() > 0) {
                context.emit(new DrainEvent.RequestsLost(first.ref(), counted.counts()));
            }
        });
        result = how;
        stage = switch (how) {
            case FAILED -> PodStage.FAILED;
            case KEPT -> PodStage.KEPT;
            case EVICTED, FORCED, GONE -> PodStage.GONE;
        };
        context.emit(new DrainEvent.PodEnded(first.ref(), how, engine.isPresent(), reason));
        waiting.signal();
    }

    /** A defect in the reading must not cost the eviction. */
    private void unlessBroken(Consumer<Watched> step) {
        engine.filter(_ -> !broken)
                .ifPresent(watched -> Guarded.run(
                        () -> step.accept(watched), defect -> context.defect("reading of " + first.ref(), defect)));
    }

    /**
     * Waits, and believes no absence that a fresh GET has not confirmed: a list can come from a stale cache, and a pod
     * that is taken for gone is not held any more.
     */
    private void await(BooleanSupplier condition, Instant until) throws InterruptedException {
        while (true) {
            Instant bound = vanished() && !confirmed ? earlier(until, later(askAgain, context.now())) : until;
            var _ = waiting.await(() -> condition.getAsBoolean() || doubtful(), bound);
            if (doubtful()) {
                confirmed = context.pods().gone(first.ref());
                askAgain = context.now().plus(DOUBT);
            }
            if (condition.getAsBoolean() || !context.now().isBefore(until)) {
                return;
            }
        }
    }

    private boolean doubtful() {
        return !confirmed && vanished() && !context.now().isBefore(askAgain);
    }

    private boolean vanished() {
        return context.pod(first.ref()).isEmpty();
    }

    private boolean kept() {
        return verdict instanceof PodVerdict.Keep;
    }

    /** Gone, ended by itself, or told to go by somebody else: nothing is left for us to ask. */
    private boolean left() {
        return context.cancelled() || confirmed || deletedByOthers() || finished();
    }

    private boolean finished() {
        return context.pod(first.ref()).filter(PodView::finished).isPresent();
    }

    private boolean deletedByOthers() {
        return context.pod(first.ref()).filter(pod -> pod.deletedAt() != null).isPresent();
    }

    private boolean forcing() {
        return !context.now().isBefore(forcePoint());
    }

    private Instant forcePoint() {
        Duration use = first.grace();
        if (engine.isPresent() && !broken) {
            use = engine.get().use();
        }
        return context.deadlines().forcePoint(use);
    }

    private static Instant earlier(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }

    private static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }

    private String engineName() {
        return first.labels().getOrDefault("lastcall.dev/engine", "generic");
    }

    PodView pod() {
        return first;
    }

    PodVerdict verdict() {
        return verdict;
    }

    /** Routers have had their time to follow, or to be told nothing: a pod that serves on settles like one that has left. */
    boolean settled() {
        Instant since = servingOnSince;
        return switch (stage) {
            case WITHDRAWING -> false;
            case SERVING_ON ->
                since != null
                        && !context.now().isBefore(since.plus(context.serving().settle()));
            default -> true;
        };
    }

    PodStage stage() {
        return stage;
    }

    boolean isWithdrawn() {
        return withdrawn;
    }

    Optional<Watched> engine() {
        return engine;
    }

    /** Kept where it is, with nothing in flight: nobody has to wait for it. */
    boolean atRest() {
        return kept() && engine.filter(Watched::idle).isPresent();
    }

    /** Its thread has nothing left to do. */
    boolean isOver() {
        return over;
    }

    Optional<PodResult> result() {
        return Optional.ofNullable(result);
    }

    /** @param cancelled the pod stays: what it has in flight is not lost */
    PodFacts facts(boolean cancelled) {
        Tally counted = tally;
        return new PodFacts(
                first.ref(),
                engine.isPresent(),
                worker,
                result,
                goneAt,
                counted != null ? counted : read(cancelled ? Watched::tally : Watched::gone));
    }

    /** Null where there is no engine, or where asking it runs into a defect: that is one pod's trouble. */
    private @Nullable Tally read(Function<Watched, Tally> reading) {
        Tally[] found = new Tally[1];
        unlessBroken(watched -> found[0] = reading.apply(watched));
        return found[0];
    }

    /** What a person should know about its engines. */
    void tellFindings() {
        unlessBroken(watched -> watched.findings().forEach(context::finding));
    }

    private Duration lastUse() {
        Duration[] use = {first.grace()};
        unlessBroken(watched -> use[0] = watched.use());
        return use[0];
    }

    PodStatus status() {
        Tally counted = tally;
        Optional<Tally> known = Optional.ofNullable(counted != null ? counted : read(Watched::tally));
        return new PodStatus(
                first.ref(),
                Workload.of(first),
                engine.isPresent() ? engineName() : null,
                stage,
                context.deadlines().forcePoint(lastUse()),
                engine.flatMap(Watched::inFlight).orElse(null),
                known.filter(Tally::read).map(Tally::counts).orElse(null));
    }
}
