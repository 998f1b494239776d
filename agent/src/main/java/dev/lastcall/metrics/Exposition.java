package dev.lastcall.metrics;

import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The samples of one scrape, family by family, in the order they were first named. */
public final class Exposition {

    private final Map<MetricSpec, List<Sample>> families = new LinkedHashMap<>();

    /**
     * @param labelValues one per label of the family, in its order; an empty one leaves the label out, which is the same to
     *     Prometheus
     */
    public void add(MetricSpec family, double value, String... labelValues) {
        List<String> names = family.labels();
        if (labelValues.length != names.size()) {
            throw new IllegalArgumentException(
                    family.name() + " has the labels " + names + ", not " + labelValues.length + " values");
        }
        List<String> keys = new ArrayList<>(names.size());
        List<String> values = new ArrayList<>(names.size());
        for (int i = 0; i < labelValues.length; i++) {
            if (!labelValues[i].isEmpty()) {
                keys.add(names.get(i));
                values.add(labelValues[i]);
            }
        }
        families.computeIfAbsent(family, _ -> new ArrayList<>()).add(new Sample(family.name(), keys, values, value));
    }

    /** @param asked called with the formats they were written in */
    List<RenderedFamily> families(Set<String> asked) {
        List<RenderedFamily> all = new ArrayList<>(families.size());
        families.forEach((family, samples) -> all.add(new RenderedFamily(family, type(family), samples, asked)));
        return all;
    }

    private static Collector.Type type(MetricSpec family) {
        return switch (family.type()) {
            case GAUGE -> Collector.Type.GAUGE;
            case COUNTER -> Collector.Type.COUNTER;
            case HISTOGRAM ->
                throw new IllegalArgumentException(family.name() + ": histograms are kept, not collected");
        };
    }
}
