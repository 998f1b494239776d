package dev.lastcall.drain.run;

import dev.lastcall.drain.Backoff;
import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.PodStage;
import dev.lastcall.drain.PodVerdict;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.ServingSide.Rotation;
import dev.lastcall.drain.ServingSide.Stay;
import dev.lastcall.drain.ServingSide.Watched;
import dev.lastcall.drain.ServingSide.Withdrawal;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;

/** A serving pod before its eviction: it serves on while too few others do, is withdrawn, and held until it is idle. */
final class PodHold {
    /** While a pod serves on as one of the last: how often its neighbours are looked at. */
    private static final Duration ASK_AGAIN = Duration.ofSeconds(1);
    /**
     * When nothing has been learned for this long, the next question that fails is the last. A question takes up to 2 s: when many nodes
     * go at once the API server is slow, and whoever leaves blindly then may be the last.
     */
    private static final Duration CLEAR_WITHIN = Duration.ofSeconds(3);

    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);
    /** How long a worker of a multi-node group may keep silent before its silence is taken for its nature. */
    private static final Duration SILENCE = Duration.ofMillis(1_500);

    private final DrainContext context;
    private final DrainedPod pod;
    private final PodView first;
    private final PodSight sight;
    private final Watched watched;
    private final BooleanSupplier closing;

    /** @param closing the drain ends */
    PodHold(DrainContext context, DrainedPod pod, PodSight sight, Watched watched, BooleanSupplier closing) {
        this.context = context;
        this.pod = pod;
        this.first = pod.first();
        this.sight = sight;
        this.watched = watched;
        this.closing = closing;
    }

    void run() throws InterruptedException {
        Rotation rotation = context.serving().rotation(first);
        if (context.waitsForIdle() && !context.cancelled()) {
            serveOn(rotation);
        }
        if (context.cancelled()) {
            return;
        }
        pod.stage(PodStage.WITHDRAWING);
        Withdrawal withdrawal = withdraw();
        pod.withdrew();
        if (context.waitsForIdle()) {
            sight.await(
                    () -> sight.hasLeft() || pod.forcing(),
                    context.now().plus(context.serving().settle()));
            if (withdrawal.visibleToRouters() && !sight.hasLeft()) {
                rotation.stillRouted().forEach(context::finding);
            }
        }
        watched.startCountingIdleReads();
        pod.stage(PodStage.HELD);
        Instant silentUntil = context.now().plus(SILENCE);
        // Asked again at every change: a deadline can tighten, and what the engine can finish becomes known late.
        while (held(withdrawal, silentUntil)) {
            Instant bound = holdUntil();
            Instant until = silent() && context.now().isBefore(silentUntil) ? earlier(silentUntil, bound) : bound;
            sight.await(() -> !held(withdrawal, silentUntil) || !bound.equals(holdUntil()), until);
        }
        if (pod.isWorker() && silent()) {
            context.finding(first.ref() + " is a worker of the group " + ((PodVerdict.Hold) pod.verdict()).group()
                    + " and has no counters of its own: it was not held, and the group's leader, where it is on another"
                    + " node, serves on until it notices");
        } else if (watched.idle() && !sight.hasLeft()) {
            context.emit(new DrainEvent.Idle(first.ref(), pod.engineName(), context.now()));
        }
        context.company()
                .filter(_ -> sight.deletedByOther() && !watched.idle())
                .ifPresent(other -> context.finding(first.ref() + " was told to go by somebody else while it was held: "
                        + other + " is at work on this node too"));
    }

    private boolean silent() {
        return pod.isWorker() && watched.inFlight().isEmpty();
    }

    private boolean held(Withdrawal withdrawal, Instant silentUntil) {
        if (!context.waitsForIdle() || sight.hasLeft()) {
            return false;
        }
        if (pod.kept()) {
            return !watched.idle() && context.now().isBefore(context.end()) && !closing.getAsBoolean();
        }
        // Nothing but its deletion takes this pod out of its routers, and its engine finishes what it has.
        boolean drainsItself = !withdrawal.visibleToRouters()
                && !watched.finishTimeAfterSignal().isZero();
        return !drainsItself
                && !watched.idle()
                && !pod.forcing()
                && !(silent() && !context.now().isBefore(silentUntil))
                && !context.deadlines().engineOutlastsDeadline(watched.finishTimeAfterSignal(), context.now());
    }

    /** The force point, or the moment from which what the engine can finish covers all that is left. */
    private Instant holdUntil() {
        if (pod.kept()) {
            return context.end();
        }
        Duration finishTime = watched.finishTimeAfterSignal();
        return finishTime.isZero()
                ? pod.forcePoint()
                : earlier(pod.forcePoint(), context.deadlines().outlastsDeadlineFrom(finishTime));
    }

    /** One of the last that serve stays in rotation until others do, or until what it admitted could no longer finish. */
    private void serveOn(Rotation rotation) throws InterruptedException {
        boolean reported = false;
        Instant notice = context.now();
        while (!sight.hasLeft() && context.now().isBefore(leaveAt())) {
            Stay stay = rotation.ask(context.deadlines().deadline(), allowedForGood());
            if (stay instanceof Stay.Leave) {
                return;
            }
            if (stay instanceof Stay.Unclear unclear) {
                Instant patience = notice.plus(CLEAR_WITHIN);
                if (!context.now().isBefore(patience)) {
                    context.finding(first.ref() + " is taken out of rotation without knowing who else serves: "
                            + unclear.reason());
                    return;
                }
                sight.await(sight::hasLeft, earlier(context.now().plus(LOOK_AGAIN), patience));
                continue;
            }
            pod.servesOn();
            if (!reported) {
                reported = true;
                context.emit(new DrainEvent.Kept(first.ref(), pod.engineName(), stay.reason(), leaveAt()));
            }
            sight.await(sight::hasLeft, earlier(context.now().plus(ASK_AGAIN), leaveAt()));
        }
    }

    /**
     * What is admitted later could no longer finish: by the engine's own request times, at half of the notice while they are unknown,
     * and always early enough for routers to follow before the force point.
     */
    private Instant leaveAt() {
        Instant last = watched.requestTime()
                .map(context.deadlines()::outlastsDeadlineFrom)
                .orElseGet(context.deadlines()::half);
        return earlier(last, pod.forcePoint().minus(context.serving().settle()));
    }

    /** The replacement of a pod that tolerates our taint could be bound to this node, and would be detached in its turn. */
    private boolean allowedForGood() {
        return context.noticeIsFinal() && !pod.kept();
    }

    private Withdrawal withdraw() throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            Withdrawal withdrawal =
                    context.serving().withdraw(first, context.deadlines().deadline(), allowedForGood());
            if (withdrawal.problem() == null || attempt == 1) {
                context.emit(new DrainEvent.Withdrawn(first.ref(), pod.engineName(), withdrawal));
            }
            if (withdrawal.attached() != null && attempt == 1) {
                context.finding(
                        first.ref() + " was not detached, because no replacement could start: " + withdrawal.attached()
                                + "; raise the quota by one pod, or leave detach out of lastcall.serving.withdraw");
            }
            if (withdrawal.problem() == null || sight.hasLeft() || pod.forcing()) {
                return withdrawal;
            }
            Duration pause = Backoff.pause(attempt, null, context.jitter());
            sight.await(sight::hasLeft, context.now().plus(pause));
        }
    }

    private static Instant earlier(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }
}
