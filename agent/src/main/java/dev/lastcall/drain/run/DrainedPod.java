package dev.lastcall.drain.run;

import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainFacts.PodFacts;
import dev.lastcall.drain.PodPlan;
import dev.lastcall.drain.PodResult;
import dev.lastcall.drain.PodStage;
import dev.lastcall.drain.PodStatus;
import dev.lastcall.drain.PodVerdict;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.ServingSide.Tally;
import dev.lastcall.drain.ServingSide.Watched;
import dev.lastcall.drain.Workload;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One pod of a drain as it stands: written by its own thread, read by the drain, the gauges and the report. */
final class DrainedPod {
    private final DrainContext context;
    private final PodView first;
    private final Optional<Watched> engine;
    private final boolean worker;

    private volatile PodVerdict verdict;
    private volatile PodStage stage;
    private volatile @Nullable Instant servingOnSince;
    private volatile boolean withdrawn;
    private volatile boolean broken;
    private volatile @Nullable PodResult result;
    private volatile @Nullable Instant goneAt;
    private volatile @Nullable Tally tally;

    DrainedPod(DrainContext context, PodView first, PodVerdict verdict, Optional<Watched> engine) {
        this.context = context;
        this.first = first;
        this.verdict = verdict;
        this.engine = engine;
        this.worker = verdict instanceof PodVerdict.Hold hold && !hold.group().isEmpty();
        this.stage = engine.isPresent() ? PodStage.WITHDRAWING : PodStage.WAITING;
        this.withdrawn = engine.isEmpty();
    }

    /** A pod that was to be kept can be one to go when a more certain notice takes over; never the other way round. */
    void judge(PodVerdict now) {
        if (verdict instanceof PodVerdict.Keep && now instanceof PodVerdict.Hold) {
            verdict = now;
            context.waiting().signal();
        }
    }

    void stage(PodStage now) {
        stage = now;
    }

    /** It serves on as one of the last, in rotation. */
    void servesOn() {
        stage = PodStage.SERVING_ON;
        if (servingOnSince == null) {
            servingOnSince = context.now();
        }
        // The phase does not wait for a pod that serves on; what it has done so far has to survive a restart.
        withdrew();
    }

    /** Nothing more is to be waited for before its withdrawal counts as done. */
    void withdrew() {
        withdrawn = true;
        context.waiting().signal();
    }

    /** A defect of ours in the reading of its engine: from now on only the clock counts. */
    void broke() {
        broken = true;
    }

    boolean broken() {
        return broken;
    }

    PodView first() {
        return first;
    }

    PodVerdict verdict() {
        return verdict;
    }

    Optional<Watched> engine() {
        return engine;
    }

    /** A member of a multi-node group whose leader does the counting. */
    boolean isWorker() {
        return worker;
    }

    boolean kept() {
        return verdict instanceof PodVerdict.Keep;
    }

    boolean forcing() {
        return !context.now().isBefore(forcePoint());
    }

    Instant forcePoint() {
        Duration finishTime = first.grace();
        if (engine.isPresent() && !broken) {
            finishTime = engine.get().finishTimeAfterSignal();
        }
        return context.deadlines().forcePoint(finishTime);
    }

    synchronized void end(PodResult how, String reason) {
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
        context.waiting().signal();
    }

    /** A defect in the reading must not cost the eviction. */
    void unlessBroken(Consumer<Watched> step) {
        engine.filter(_ -> !broken)
                .ifPresent(watched -> Guarded.run(
                        () -> step.accept(watched), defect -> context.defect("reading of " + first.ref(), defect)));
    }

    String engineName() {
        return first.labels().getOrDefault("lastcall.dev/engine", "generic");
    }

    /** Routers have had their time to follow, or to be told nothing: a pod that serves on settles like one that has left. */
    boolean withdrawalFinished() {
        Instant since = servingOnSince;
        return switch (stage) {
            case WITHDRAWING -> false;
            case SERVING_ON ->
                since != null
                        && !context.now().isBefore(since.plus(context.serving().settle()));
            default -> true;
        };
    }

    boolean isWithdrawn() {
        return withdrawn;
    }

    /** Kept where it is, with nothing in flight: nobody has to wait for it. */
    boolean atRest() {
        return kept() && engine.filter(Watched::idle).isPresent();
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
        Duration[] finishTime = {first.grace()};
        unlessBroken(watched -> finishTime[0] = watched.finishTimeAfterSignal());
        return finishTime[0];
    }

    PodPlan plan(PodPlan.Terms terms) {
        return PodPlan.of(first, verdict, lastUse(), terms);
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
