package dev.lastcall.drain.run;

import dev.lastcall.drain.DrainScore;
import dev.lastcall.drain.PodPlan;
import dev.lastcall.drain.PodVerdict;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.ServingSide.Watched;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** A drain that writes nothing: it reads the engines that it would hold and says what would become of what they have in flight. */
final class DryRun {
    /** A port that is no engine is given up after five readings; whoever is silent for longer is not waited for. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final DrainContext context;
    private final PodDrains drains;
    private volatile boolean cutShort;

    /** @param worker its silence says nothing: the leader of its group does the counting */
    private record Engine(PodView pod, boolean stays, boolean worker, Watched watched) {}

    DryRun(DrainContext context, PodDrains drains) {
        this.context = context;
        this.drains = drains;
    }

    /** Something real waits for the end of this. */
    void cutShort() {
        cutShort = true;
        context.waiting().signal();
    }

    DrainScore run() throws InterruptedException {
        Instant asked = context.now();
        List<Engine> engines = new ArrayList<>();
        try {
            for (PodView pod : context.pods().latest()) {
                guarded(pod, () -> open(pod).ifPresent(engines::add));
            }
            var _ = context.waiting()
                    .await(
                            () -> cutShort
                                    || context.cancelled()
                                    || engines.stream().allMatch(this::known),
                            asked.plus(PATIENCE));
            List<DrainScore.Reading> readings = new ArrayList<>();
            for (Engine engine : engines) {
                guarded(engine.pod(), () -> read(engine, asked, readings::add));
            }
            // By what the engines have just said of themselves.
            drains.plan().stream().map(PodPlan::sentence).forEach(context::finding);
            for (Engine engine : engines) {
                guarded(engine.pod(), () -> engine.watched().findings().forEach(context::finding));
            }
            return DrainScore.of(readings, asked);
        } finally {
            engines.forEach(engine -> engine.watched().close());
        }
    }

    private Optional<Engine> open(PodView pod) {
        PodVerdict verdict = context.rules().verdict(pod);
        boolean stays = verdict instanceof PodVerdict.Keep;
        if (!stays && !(verdict instanceof PodVerdict.Hold)) {
            return Optional.empty();
        }
        boolean worker =
                verdict instanceof PodVerdict.Hold hold && !hold.group().isEmpty();
        Watched watched = context.serving().watch(pod, Optional.empty(), context.waiting()::signal);
        return Optional.of(new Engine(pod, stays, worker, watched));
    }

    private boolean known(Engine engine) {
        return engine.watched().known();
    }

    private void read(Engine engine, Instant asked, Consumer<DrainScore.Reading> out) {
        Watched watched = engine.watched();
        Duration finishTime = watched.finishTimeAfterSignal();
        drains.learnt(engine.pod(), finishTime);
        Optional<Long> inFlight = watched.baseline().map(first -> first.inFlight());
        if (engine.worker() && inFlight.isEmpty()) {
            return;
        }
        Instant until = engine.stays()
                ? context.deadlines().deadline()
                : context.deadlines().worksUntil(finishTime, engine.pod().grace(), context.waitsForIdle(), asked);
        out.accept(new DrainScore.Reading(
                engine.pod().ref(),
                inFlight.orElse(null),
                watched.requestTime().orElse(null),
                until,
                watched::endingWithin));
    }

    private void guarded(PodView pod, Guarded.Body body) {
        var _ = Guarded.run(body, defect -> context.defect("reading of " + pod.ref(), defect));
    }
}
