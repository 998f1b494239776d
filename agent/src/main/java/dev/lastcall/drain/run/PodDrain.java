package dev.lastcall.drain.run;

import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.PodResult;
import dev.lastcall.drain.PodVerdict;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.ServingSide.Watched;
import java.util.Optional;

/**
 * One pod on its way out, on a thread of its own: withdrawn and held where it serves ({@link PodHold}), evicted and
 * awaited ({@link PodEviction}). A defect on the way leaves the clock: the pod is then asked to go at its force point,
 * whatever else is known of it.
 */
final class PodDrain implements Runnable {
    private final DrainContext context;
    private final DrainedPod pod;
    private final PodSight sight;
    private final PodEviction.Others others;
    private final PodEviction eviction;
    private volatile boolean over;

    PodDrain(
            DrainContext context,
            PodView first,
            PodVerdict verdict,
            Optional<DrainRecord.Baseline> baseline,
            PodEviction.Others others) {
        this.context = context;
        this.others = others;
        boolean serves = verdict instanceof PodVerdict.Hold || verdict instanceof PodVerdict.Keep;
        Optional<Watched> engine = serves
                ? Optional.of(context.serving().watch(first, baseline, context.waiting()::signal))
                : Optional.empty();
        this.pod = new DrainedPod(context, first, verdict, engine);
        this.sight = new PodSight(context, first.ref());
        this.eviction = new PodEviction(context, pod, sight, others);
    }

    @Override
    public void run() {
        try {
            if (!Guarded.run(this::holdThenEvict, defect -> defect("drain", defect))) {
                pod.broke();
                var _ = Guarded.run(eviction::run, defect -> defect("eviction", defect));
            }
            if (pod.result().isEmpty()
                    && !eviction.handedBack()
                    && !context.cancelled()
                    && !Thread.currentThread().isInterrupted()) {
                var _ = Guarded.run(
                        () -> pod.end(PodResult.FAILED, "a defect of the agent"), defect -> defect("count", defect));
            }
        } finally {
            over = true;
            pod.engine().ifPresent(watched -> Guarded.run(watched::close, defect -> defect("reading", defect)));
            pod.withdrew();
        }
    }

    private void holdThenEvict() throws InterruptedException {
        Optional<Watched> engine = pod.engine();
        if (engine.isPresent()) {
            new PodHold(context, pod, sight, engine.get(), others.closing()).run();
        }
        eviction.run();
    }

    private void defect(String of, Throwable defect) {
        context.defect(of + " of " + pod.first().ref(), defect);
    }

    /** How it stands. */
    DrainedPod pod() {
        return pod;
    }

    /** It ended without telling the pod to go, because the pod needs a drain of another kind by now. */
    boolean handedBack() {
        return eviction.handedBack();
    }

    /** Its thread has nothing left to do. */
    boolean isOver() {
        return over;
    }
}
