package dev.lastcall.drain.run;

import dev.lastcall.drain.PodRef;
import dev.lastcall.drain.PodView;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;

/**
 * Whether one pod is still there, as far as it can be believed: a list can come from a stale cache, and a pod that is taken
 * for gone is not held any more. An absence counts once a fresh GET has confirmed it.
 */
final class PodSight {
    /** How long before an absence that was not confirmed is asked about again. */
    private static final Duration DOUBT = Duration.ofSeconds(1);

    private final DrainContext context;
    private final PodRef ref;
    /** A fresh answer of the API server said so; the watch alone is not believed. */
    private volatile boolean confirmed;

    private volatile Instant askAgain = Instant.MIN;

    PodSight(DrainContext context, PodRef ref) {
        this.context = context;
        this.ref = ref;
    }

    /** Asks the API server whether the pod has gone. */
    void ask() {
        confirmed = context.pods().gone(ref);
    }

    /** An answer to one of our requests said that it has gone. */
    void confirm() {
        confirmed = true;
    }

    boolean confirmed() {
        return confirmed;
    }

    /** Waits until then for the condition; an absence that shows up meanwhile is asked about. */
    void await(BooleanSupplier condition, Instant until) throws InterruptedException {
        while (true) {
            Instant bound = vanished() && !confirmed ? earlier(until, later(askAgain, context.now())) : until;
            var _ = context.waiting().await(() -> condition.getAsBoolean() || doubtful(), bound);
            if (doubtful()) {
                ask();
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

    boolean vanished() {
        return context.pod(ref).isEmpty();
    }

    /** Gone, ended by itself, or told to go by somebody else: nothing is left for us to ask. */
    boolean hasLeft() {
        return context.cancelled() || confirmed || deletedByOther() || finished();
    }

    boolean finished() {
        return context.pod(ref).filter(PodView::finished).isPresent();
    }

    boolean deletedByOther() {
        return context.pod(ref).filter(pod -> pod.deletedAt() != null).isPresent();
    }

    private static Instant earlier(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }

    private static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }
}
