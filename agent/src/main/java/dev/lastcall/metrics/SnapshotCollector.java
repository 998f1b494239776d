package dev.lastcall.metrics;

import io.prometheus.client.Collector;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/**
 * All series that follow from one immutable value, made anew for each value: they are of one moment, and those of something
 * that is gone are gone with it, which meters registered one by one are not.
 *
 * <p>They are made, and written in the formats that were ever asked for, by whoever publishes the value: a scrape, which may
 * come at any time and on a cold processor, only copies them.
 */
public final class SnapshotCollector<S> extends Collector {

    private final BiConsumer<S, Exposition> write;
    private final Set<String> formats = ConcurrentHashMap.newKeySet();
    private volatile List<RenderedFamily> families = List.of();

    /** Exposes nothing until the first value is published. */
    public SnapshotCollector(BiConsumer<S, Exposition> write) {
        this.write = write;
    }

    /** From now on scrapes show this value. */
    public void publish(S value) {
        Exposition exposition = new Exposition();
        write.accept(value, exposition);
        List<RenderedFamily> fresh = exposition.families(formats);
        for (String format : formats) {
            fresh.forEach(family -> family.utf8(format));
        }
        families = fresh;
    }

    @Override
    public List<MetricFamilySamples> collect() {
        return List.copyOf(families);
    }
}
