package dev.lastcall.metrics;

import io.prometheus.client.Collector;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * All series that follow from one immutable value, made anew for each value: they are of one moment, and those of something
 * that is gone are gone with it, which meters registered one by one are not.
 *
 * <p>They are made, and written in the formats that were ever asked for, by whoever publishes the value: a scrape, which may
 * come at any time and on a cold processor, only copies them. A family that has not changed since the last value keeps its text: of a
 * full node that is nearly all of the page.
 */
public final class SnapshotCollector<S> extends Collector {

    private final BiConsumer<S, Exposition> write;
    private final Set<String> formats = ConcurrentHashMap.newKeySet();
    private volatile List<RenderedFamily> families = List.of();

    /** Exposes nothing until the first value is published. */
    public SnapshotCollector(BiConsumer<S, Exposition> write) {
        this.write = write;
    }

    /** From now on scrapes show this value. Called by one thread at a time. */
    public void publish(S value) {
        Exposition exposition = new Exposition();
        write.accept(value, exposition);
        Map<String, RenderedFamily> before = families.stream()
                .collect(Collectors.toMap(family -> family.name, Function.identity(), (first, _) -> first));
        List<RenderedFamily> now = exposition.families(formats).stream()
                .map(family -> family.orIfTheSame(before.get(family.name)))
                .toList();
        for (String format : formats) {
            now.forEach(family -> family.utf8(format));
        }
        families = now;
    }

    @Override
    public List<MetricFamilySamples> collect() {
        return List.copyOf(families);
    }
}
