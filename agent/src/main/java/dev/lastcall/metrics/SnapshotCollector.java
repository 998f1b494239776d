package dev.lastcall.metrics;

import io.prometheus.client.Collector;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All series that follow from one immutable value, made anew for each value: they are of one moment, and those of something
 * that is gone are gone with it, which meters registered one by one are not.
 */
public final class SnapshotCollector<S> extends Collector {

    private final Supplier<@Nullable S> latest;
    private final BiConsumer<S, Exposition> write;
    private volatile @Nullable Written<S> last;

    /** What one value became; kept, because most scrapes come between two values. */
    private record Written<S>(S value, List<MetricFamilySamples> families) {}

    /** @param latest null = nothing is known yet, and no series is exposed */
    public SnapshotCollector(Supplier<@Nullable S> latest, BiConsumer<S, Exposition> write) {
        this.latest = latest;
        this.write = write;
    }

    @Override
    public List<MetricFamilySamples> collect() {
        S value = latest.get();
        if (value == null) {
            return List.of();
        }
        Written<S> known = last;
        if (known == null || known.value() != value) {
            Exposition exposition = new Exposition();
            write.accept(value, exposition);
            known = new Written<>(value, exposition.families());
            last = known;
        }
        return known.families();
    }
}
