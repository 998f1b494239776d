package dev.lastcall.drain.run;

import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.EvictionAnswer;
import dev.lastcall.drain.EvictionTries;
import dev.lastcall.drain.PodResult;
import dev.lastcall.drain.PodStage;
import dev.lastcall.drain.PodStep;
import dev.lastcall.drain.PodVerdict;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.Refuser;
import dev.lastcall.drain.ServingSide.Watched;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A pod from its eviction to its end. What to ask for next is {@link PodStep}'s decision; here it is asked. */
final class PodEviction {
    /** How long an eviction whose pod has no more time queues for a permit. */
    private static final Duration QUEUE = Duration.ofMillis(500);
    /** An answer has this much time, however late the eviction is asked for. */
    private static final Duration ANSWER = Duration.ofSeconds(1);

    /**
     * What one pod has to know of the others.
     *
     * @param onlyLastRemain every pod that is not critical has ended
     * @param closing the drain ends
     */
    record Others(BooleanSupplier onlyLastRemain, BooleanSupplier closing) {}

    private final DrainContext context;
    private final DrainedPod pod;
    private final PodView first;
    private final PodSight sight;
    private final Others others;
    private final PodTermination termination;
    private final DisruptionTarget disruption;

    private EvictionTries tries = EvictionTries.NONE;
    private Instant sent = Instant.MIN;
    private @Nullable PodResult pendingResult;
    /** What a request was for that nobody answered: if the pod is told to go all the same, it was that. */
    private @Nullable PodResult inDoubt;

    private volatile boolean handedBack;

    PodEviction(DrainContext context, DrainedPod pod, PodSight sight, Others others) {
        this.context = context;
        this.pod = pod;
        this.first = pod.first();
        this.sight = sight;
        this.others = others;
        this.termination = new PodTermination(context, pod, sight);
        this.disruption = new DisruptionTarget(context, first.ref());
    }

    /** Asks until the pod has gone; begins anew where an absence turns out to be a stale list's. */
    void run() throws InterruptedException {
        while (pod.result().isEmpty()
                && !handedBack
                && !context.cancelled()
                && !Thread.currentThread().isInterrupted()) {
            evict();
            if (!handedBack) {
                termination.await(pendingResult, inDoubt);
            }
        }
    }

    /** It was not told to go, because it serves by now: it has to be withdrawn and held like any other engine. */
    boolean handedBack() {
        return handedBack;
    }

    /** A refused eviction, or a queue of them, can last longer than the rest of an engine's loading. */
    private boolean hasBegunToServe() {
        return pod.verdict() instanceof PodVerdict.Release
                && context.pod(first.ref())
                        .filter(latest -> !latest.neverServed())
                        .isPresent();
    }

    private void evict() throws InterruptedException {
        while (!sight.hasLeft() && pendingResult == null && pod.result().isEmpty()) {
            Instant now = context.now();
            boolean timeIsOver = !now.isBefore(context.end());
            if (pod.kept()) {
                if (timeIsOver || others.closing().getAsBoolean()) {
                    pod.end(PodResult.KEPT, "");
                } else {
                    sight.await(
                            () -> sight.hasLeft()
                                    || !pod.kept()
                                    || others.closing().getAsBoolean(),
                            context.end());
                }
                continue;
            }
            if (timeIsOver) {
                pod.end(PodResult.FAILED, "still there when the time was over");
                return;
            }
            if (hasBegunToServe()) {
                context.finding(
                        first.ref() + " was loading at the notice and serves by now: it is drained as an engine");
                handedBack = true;
                return;
            }
            PodStep.PodState state = state();
            switch (PodStep.next(state, context.deadlines(), now)) {
                case PodStep.Wait wait -> {
                    Instant end = context.end();
                    sight.await(
                            () -> sight.hasLeft()
                                    || hasBegunToServe()
                                    || !state.equals(state())
                                    || !end.equals(context.end()),
                            earlier(wait.until(), end));
                }
                case PodStep.Evict evict -> ask(evict.grace(), false);
                case PodStep.Delete delete -> ask(delete.grace(), true);
            }
        }
    }

    private PodStep.PodState state() {
        boolean last = pod.verdict() instanceof PodVerdict.Last;
        boolean shared = last || pod.verdict() instanceof PodVerdict.Evict;
        boolean inCompany = shared && context.company().isPresent();
        return new PodStep.PodState(
                !pod.broken()
                        && !inCompany
                        && !(last && !others.onlyLastRemain().getAsBoolean()),
                !inCompany || context.machineGoes(),
                tries,
                pod.forcePoint(),
                context.mayForce(),
                first.grace());
    }

    /** One request; settles the pod's part, or says when to ask again. */
    private void ask(Duration grace, boolean force) throws InterruptedException {
        pod.stage(PodStage.EVICTING);
        pod.unlessBroken(Watched::readOnceMore);
        if (force) {
            disruption.mark();
        }
        Optional<EvictionAnswer> answered = force
                ? Optional.of(delete())
                : context.eviction(
                        () -> evictUnlessItServes(grace),
                        later(pod.forcePoint(), context.now().plus(QUEUE)));
        if (answered.isEmpty()) {
            pod.stage(PodStage.WAITING);
            return;
        }
        EvictionAnswer answer = answered.get();
        switch (answer) {
            case EvictionAnswer.Accepted _ -> {
                pod.unlessBroken(Watched::signalled);
                pod.stage(PodStage.TERMINATING);
                context.emit(new DrainEvent.Evicted(
                        first.ref(), grace, force, pod.engine().isPresent()));
                pendingResult = force ? PodResult.FORCED : PodResult.EVICTED;
            }
            case EvictionAnswer.Gone _, EvictionAnswer.Replaced _ -> sight.confirm();
            case EvictionAnswer.Refused no -> {
                // Of a pod that an earlier request had told to go nobody would say no.
                inDoubt = null;
                pod.stage(PodStage.BLOCKED);
                context.emit(new DrainEvent.Blocked(
                        first.ref(),
                        no.by(),
                        no.reason(),
                        tries.refused() == 0,
                        context.mayForce() ? pod.forcePoint() : null));
                if (tries.refused() == 0 && !(no.by() instanceof Refuser.Budget)) {
                    context.finding("the eviction of " + first.ref() + " was refused by "
                            + no.by().described() + ": " + no.reason());
                }
            }
            case EvictionAnswer.Unanswered _ -> {
                if (inDoubt == null) {
                    long seconds = Duration.between(sent, context.now()).toSeconds();
                    context.finding("the " + (force ? "deletion" : "eviction") + " of " + first.ref()
                            + " was not answered within " + seconds + " s: the API server is slow, or a webhook is"
                            + (force ? "" : ", or many pods under one budget go at once"));
                }
                inDoubt = force ? PodResult.FORCED : PodResult.EVICTED;
            }
            case EvictionAnswer.Throttled _, EvictionAnswer.Failed _, EvictionAnswer.NamespaceEnding _ -> {
                // Nothing to tell: it is asked again.
            }
        }
        tries = tries.after(answer, force, sent, context.now(), context.jitter());
    }

    /** Looked at once more when its turn in the queue has come. */
    private Optional<EvictionAnswer> evictUnlessItServes(Duration grace) {
        if (hasBegunToServe()) {
            return Optional.empty();
        }
        sent = context.now();
        // An eviction that the API server keeps to itself must not make the deletion late.
        Instant bound = context.mayForce() ? pod.forcePoint() : context.end();
        return Optional.of(context.pods().evict(first.ref(), grace, patience(bound)));
    }

    private EvictionAnswer delete() {
        sent = context.now();
        Duration grace = context.deadlines().grace(first.grace(), sent);
        return context.pods().delete(first.ref(), grace, patience(context.end()));
    }

    /** Until then, and a little longer: a wait that ended a moment too soon would be followed by one more. */
    private Duration patience(Instant bound) {
        Duration left = Duration.between(sent, bound).plusMillis(1);
        return left.compareTo(ANSWER) < 0 ? ANSWER : left;
    }

    private static Instant earlier(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }

    private static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }
}
