package dev.lastcall.drain.run;

import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.EvictionAnswer;
import dev.lastcall.drain.PodResult;
import dev.lastcall.drain.PodStage;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.ServingSide.Watched;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A pod that has been told to go, until it has gone or the time is over. */
final class PodTermination {
    private static final Duration CONFIRM_GONE = Duration.ofSeconds(3);

    private final DrainContext context;
    private final DrainedPod pod;
    private final PodView first;
    private final PodSight sight;
    private @Nullable Instant shortenedFor;

    PodTermination(DrainContext context, DrainedPod pod, PodSight sight) {
        this.context = context;
        this.pod = pod;
        this.first = pod.first();
        this.sight = sight;
    }

    /**
     * Settles the pod's result. Without one, the drain was cancelled, or nobody has told the pod to go.
     *
     * @param told what it was told to go by; null where no request of ours was granted
     * @param inDoubt what a request was for that nobody answered; null without one
     */
    void await(@Nullable PodResult told, @Nullable PodResult inDoubt) throws InterruptedException {
        if (pod.result().isPresent() || context.cancelled() || (told == null && !sight.hasLeft())) {
            return;
        }
        boolean deleted = sight.confirmed() || sight.deletedByOther();
        if (told == null && !deleted) {
            pod.end(PodResult.GONE, "");
            return;
        }
        // It goes, and by far the likeliest that told it to is the request that nobody answered.
        PodResult result = told == null ? inDoubt : told;
        if (told == null && (inDoubt != null || sight.deletedByOther())) {
            pod.unlessBroken(Watched::signalled);
            pod.stage(PodStage.TERMINATING);
        }
        if (told == null && inDoubt != null) {
            boolean engine = pod.engine().isPresent();
            context.emit(new DrainEvent.Evicted(first.ref(), first.grace(), inDoubt == PodResult.FORCED, engine));
        }
        while (!sight.confirmed() && !context.cancelled()) {
            Instant now = context.now();
            if (!now.isBefore(context.end())) {
                if (sight.vanished()) {
                    break;
                }
                pod.end(PodResult.FAILED, "told to go, but still terminating when the time was over");
                return;
            }
            shorten();
            Instant deadline = context.deadlines().deadline();
            sight.await(
                    () -> sight.confirmed()
                            || context.cancelled()
                            || !deadline.equals(context.deadlines().deadline()),
                    earlier(now.plus(CONFIRM_GONE), context.end()));
            if (!sight.confirmed() && !context.now().isBefore(now.plus(CONFIRM_GONE))) {
                sight.ask();
            }
        }
        if (!context.cancelled()) {
            pod.end(result == null ? PodResult.GONE : result, "");
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
        EvictionAnswer answer = context.pods().delete(first.ref(), grace, Duration.between(now, context.end()));
        if (answer instanceof EvictionAnswer.Accepted) {
            shortenedFor = deadline;
            context.emit(new DrainEvent.Shortened(first.ref(), grace));
        } else if (answer instanceof EvictionAnswer.Gone || answer instanceof EvictionAnswer.Replaced) {
            sight.confirm();
        }
    }

    private static Instant earlier(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }
}
