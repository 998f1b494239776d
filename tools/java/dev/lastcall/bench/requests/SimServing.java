package dev.lastcall.bench.requests;

import dev.lastcall.drain.DrainRecord.Baseline;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.ServingSide;
import dev.lastcall.drain.run.Waiting;
import dev.lastcall.serving.ServingPods;
import dev.lastcall.serving.ServingSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The product's serving side, but for the reader of engines: that one reads in stepped time. */
final class SimServing implements ServingSide {
    private final ServingPods product;
    private final ServingSettings settings;
    private final SimEngine engine;
    private final Optional<Duration> requestTime;
    private final Waiting time;

    SimServing(
            ServingPods product,
            ServingSettings settings,
            SimEngine engine,
            Optional<Duration> requestTime,
            Waiting time) {
        this.product = product;
        this.settings = settings;
        this.engine = engine;
        this.requestTime = requestTime;
        this.time = time;
    }

    @Override
    public Watched watch(PodView pod, Optional<Baseline> baseline, Runnable changed) {
        return new ReadEngine(pod, engine, requestTime, time, settings, changed);
    }

    @Override
    public boolean serves(PodView pod) {
        return product.serves(pod);
    }

    @Override
    public Duration settle() {
        return product.settle();
    }

    @Override
    public Withdrawal withdraw(PodView pod, @Nullable Instant deadline, boolean certain) {
        return product.withdraw(pod, deadline, certain);
    }

    @Override
    public boolean marked(PodView pod) {
        return product.marked(pod);
    }

    @Override
    public Restored restore(PodView pod, BooleanSupplier still) {
        return product.restore(pod, still);
    }

    @Override
    public boolean admit(List<PodView> latest, BooleanSupplier still) {
        return product.admit(latest, still);
    }

    @Override
    public Rotation rotation(PodView pod) {
        return product.rotation(pod);
    }
}
