package dev.lastcall.drain.run;

import dev.lastcall.drain.Backoff;
import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.EvictionAnswer;
import dev.lastcall.drain.EvictionTries;
import dev.lastcall.drain.PodResult;
import dev.lastcall.drain.PodStatus;
import dev.lastcall.drain.PodStep;
import dev.lastcall.drain.PodVerdict;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.ServingSide.Tally;
import dev.lastcall.drain.ServingSide.Watched;
import dev.lastcall.drain.ServingSide.Withdrawal;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One pod on its way out, on its own virtual thread: withdrawn and held where it serves, evicted, awaited. What to do
 * next is {@link PodStep}'s decision; here it is done.
 *
 * <p>A little over 300 lines: one pod's way from the first step to the last, and what others may see of it.
 */
final class PodDrain implements Runnable {
    private static final Duration CONFIRM_GONE = Duration.ofSeconds(3);

    /** Where the pod stands, for a person to read. */
    enum Stage {
        WITHDRAWING,
        HELD,
        WAITING,
        EVICTING,
        BLOCKED,
        TERMINATING,
        GONE,
        FAILED
    }

    private final DrainContext context;
    private final PodView first;
    private final PodVerdict verdict;
    private final Optional<Watched> engine;
    private final boolean signalledBefore;

    private volatile Stage stage;
    private volatile boolean withdrawn;
    private volatile boolean over;
    private @Nullable PodResult pendingResult;
    private volatile @Nullable PodResult result;
    private volatile @Nullable Instant goneAt;
    private volatile @Nullable Tally tally;

    PodDrain(DrainContext context, PodView pod, PodVerdict verdict, Optional<DrainRecord.Baseline> baseline) {
        this.context = context;
        this.first = pod;
        this.verdict = verdict;
        this.signalledBefore = pod.deletedAt() != null;
        boolean serves = verdict instanceof PodVerdict.Hold;
        this.stage = serves ? Stage.WITHDRAWING : Stage.WAITING;
        this.withdrawn = !serves;
        this.engine = serves
                ? Optional.of(context.serving().watch(pod, baseline, context.changes()::signal))
                : Optional.empty();
    }

    @Override
    public void run() {
        try {
            engine.ifPresent(this::withdrawAndHold);
            evict();
            awaitGone();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            withdrawn = true;
            over = true;
            engine.ifPresent(Watched::close);
            context.changes().signal();
        }
    }

    private void withdrawAndHold(Watched watched) {
        try {
            Withdrawal withdrawal = withdraw();
            withdrawn = true;
            context.changes().signal();
            Instant settled = context.clock().instant().plus(context.serving().settle());
            if (context.hold()) {
                context.changes().await(settled, () -> left() || forcing());
            }
            watched.settled();
            stage = Stage.HELD;
            // Asked again at every change: a deadline can tighten, and what the engine can finish becomes known late.
            while (!engineDrains(withdrawal, watched) && held(watched)) {
                context.changes().await(forcePoint(), () -> engineDrains(withdrawal, watched) || !held(watched));
            }
            if (watched.idle() && !left()) {
                context.emit(new DrainEvent.Idle(
                        first.ref(), engineName(), context.clock().instant()));
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** Nothing but its deletion takes this pod out of its routers, and its engine finishes what it has. */
    private static boolean engineDrains(Withdrawal withdrawal, Watched watched) {
        return !withdrawal.routed() && !watched.use().isZero();
    }

    private boolean held(Watched watched) {
        return context.hold()
                && !left()
                && !watched.idle()
                && !forcing()
                && !context.deadlines().covered(watched.use(), context.clock().instant());
    }

    private boolean forcing() {
        return !context.clock().instant().isBefore(forcePoint());
    }

    private Withdrawal withdraw() throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            Withdrawal withdrawal = context.request(
                    () -> context.serving().withdraw(first, context.deadlines().deadline(), context.certain()));
            if (withdrawal.problem() == null || attempt == 1) {
                context.emit(new DrainEvent.Withdrawn(first.ref(), engineName(), withdrawal));
            }
            if (withdrawal.problem() == null || left() || forcing()) {
                return withdrawal;
            }
            Duration pause = Backoff.pause(attempt, null, context.chance());
            context.changes().await(context.clock().instant().plus(pause), this::left);
        }
    }

    private void evict() throws InterruptedException {
        EvictionTries tries = EvictionTries.NONE;
        boolean released = !(verdict instanceof PodVerdict.Last);
        while (!left() && !Thread.currentThread().isInterrupted()) {
            Instant now = context.clock().instant();
            if (!now.isBefore(context.end())) {
                end(PodResult.FAILED, "still there when the time was over");
                return;
            }
            released = released || context.onlyLastRemain();
            Instant point = forcePoint();
            PodStep step = PodStep.next(
                    new PodStep.Standing(
                            released,
                            false,
                            tries.refused(),
                            tries.nextTry(),
                            tries.nextDelete(),
                            point,
                            context.mayForce(),
                            first.grace()),
                    context.deadlines(),
                    now);
            switch (step) {
                case PodStep.Wait wait -> await(wait, point, released);
                case PodStep.Evict evict -> tries = ask(tries, evict.grace(), false);
                case PodStep.Delete delete -> tries = ask(tries, delete.grace(), true);
            }
            if (pendingResult != null || result != null) {
                return;
            }
        }
    }

    /** Until the step's moment, or until anything it was decided by has changed. */
    private void await(PodStep.Wait wait, Instant point, boolean released) throws InterruptedException {
        Instant end = context.end();
        context.changes()
                .await(
                        earlier(wait.until(), end),
                        () -> left()
                                || (!released && context.onlyLastRemain())
                                || !point.equals(forcePoint())
                                || !end.equals(context.end()));
    }

    /** One request; settles the pod's part, or says when to ask again. */
    private EvictionTries ask(EvictionTries tries, Duration grace, boolean force) throws InterruptedException {
        stage = Stage.EVICTING;
        engine.ifPresent(Watched::readOnceMore);
        EvictionAnswer answer = context.request(() -> force
                ? context.pods().delete(first.ref(), grace)
                : context.pods().evict(first.ref(), grace));
        switch (answer) {
            case EvictionAnswer.Accepted _ -> {
                engine.ifPresent(Watched::signalled);
                stage = Stage.TERMINATING;
                context.emit(new DrainEvent.Evicted(first.ref(), grace, force, engine.isPresent()));
                pendingResult = force ? PodResult.FORCED : PodResult.EVICTED;
            }
            case EvictionAnswer.Gone _, EvictionAnswer.Replaced _ -> end(PodResult.GONE, "");
            case EvictionAnswer.Blocked blocked -> {
                stage = Stage.BLOCKED;
                context.emit(new DrainEvent.Blocked(first.ref(), blocked.reason(), tries.refused() == 0));
            }
            case EvictionAnswer.Forbidden forbidden ->
                context.finding("eviction of " + first.ref() + " forbidden: " + forbidden.reason());
            case EvictionAnswer.Throttled _, EvictionAnswer.Failed _ -> {
                // Nothing to tell: it is asked again.
            }
        }
        return tries.after(answer, force, context.clock().instant(), context.chance());
    }

    private void awaitGone() throws InterruptedException {
        if (result != null || context.cancelled()) {
            return;
        }
        if (signalledBefore || deletedByOthers()) {
            engine.ifPresent(Watched::signalled);
            stage = Stage.TERMINATING;
        }
        while (!goneByWatch()) {
            Instant now = context.clock().instant();
            if (!now.isBefore(context.end())) {
                end(PodResult.FAILED, "told to go, but still terminating when the time was over");
                return;
            }
            context.changes().await(earlier(now.plus(CONFIRM_GONE), context.end()), this::goneByWatch);
            if (!goneByWatch()
                    && context.clock().instant().isBefore(context.end())
                    && context.pods().gone(first.ref())) {
                break;
            }
        }
        if (!context.cancelled()) {
            end(pendingResult == null ? PodResult.GONE : pendingResult, "");
        }
    }

    private void end(PodResult how, String reason) {
        result = how;
        stage = how == PodResult.FAILED ? Stage.FAILED : Stage.GONE;
        goneAt = context.clock().instant();
        engine.ifPresent(watched -> {
            // A pod that did not leave in time goes down with its machine, and what it still does goes with it.
            Tally counted = watched.gone();
            tally = counted;
            if (counted.counts().lost() > 0) {
                context.emit(new DrainEvent.RequestsLost(first.ref(), counted.counts()));
            }
        });
        context.emit(new DrainEvent.PodEnded(first.ref(), how, engine.isPresent(), reason));
        context.changes().signal();
    }

    /** Gone, or told to go by somebody else: nothing is left for us to ask. */
    private boolean left() {
        return context.cancelled() || goneByWatch() || deletedByOthers();
    }

    private boolean goneByWatch() {
        return context.cancelled() || context.pod(first.ref()).isEmpty();
    }

    private boolean deletedByOthers() {
        return context.pod(first.ref()).filter(pod -> pod.deletedAt() != null).isPresent();
    }

    private Instant forcePoint() {
        Duration use = engine.map(Watched::use).orElse(first.grace());
        return context.deadlines().forcePoint(use);
    }

    private static Instant earlier(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
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

    Stage stage() {
        return stage;
    }

    boolean isWithdrawn() {
        return withdrawn;
    }

    Optional<Watched> engine() {
        return engine;
    }

    /** Its thread has nothing left to do. */
    boolean isOver() {
        return over;
    }

    Optional<PodResult> result() {
        return Optional.ofNullable(result);
    }

    Optional<Instant> goneAt() {
        return Optional.ofNullable(goneAt);
    }

    /** The final count; the running one while the pod is still there. */
    Optional<Tally> tally() {
        Tally counted = tally;
        return counted != null ? Optional.of(counted) : engine.map(Watched::tally);
    }

    /** The count for the report: a pod that has not ended by then goes down with its machine. */
    Optional<Tally> lastTally() {
        Tally counted = tally;
        return counted != null ? Optional.of(counted) : engine.map(Watched::gone);
    }

    PodStatus status() {
        return new PodStatus(
                first.ref(),
                engine.isPresent() ? engineName() : null,
                stage.name().toLowerCase(Locale.ROOT),
                forcePoint(),
                engine.flatMap(Watched::inFlight).orElse(null),
                tally().filter(Tally::read).map(Tally::counts).orElse(null));
    }
}
