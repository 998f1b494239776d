package dev.lastcall.metrics;

import java.util.List;

/**
 * One metric family of the public contract, as it stands in the Prometheus exposition.
 *
 * @param name the full family name, prefix and unit included, counters with {@code _total}
 * @param type what {@code # TYPE} says
 * @param unit base unit in the plural ({@code seconds}, {@code bytes}, {@code ratio}), empty for a bare number
 * @param labels label names in the order they are documented; empty where the family has a single series
 * @param help one sentence without a full stop, as {@code # HELP} says it
 * @param absentWhen when the series is missing from a healthy agent's exposition; empty = never
 */
public record MetricSpec(
        String name, MetricType type, String unit, List<String> labels, String help, String absentWhen) {

    /** The prefix of every family. */
    public static final String PREFIX = "lastcall_";

    public MetricSpec {
        if (!name.startsWith(PREFIX)) {
            throw new IllegalArgumentException(name + " does not start with " + PREFIX);
        }
        if (type == MetricType.COUNTER != name.endsWith("_total")) {
            throw new IllegalArgumentException(name + ": counters, and only counters, end in _total");
        }
        labels = List.copyOf(labels);
    }

    public static MetricSpec gauge(String name, String unit, List<String> labels, String help, String absentWhen) {
        return new MetricSpec(PREFIX + name, MetricType.GAUGE, unit, labels, help, absentWhen);
    }

    public static MetricSpec counter(String name, String unit, List<String> labels, String help, String absentWhen) {
        return new MetricSpec(PREFIX + name, MetricType.COUNTER, unit, labels, help, absentWhen);
    }

    public static MetricSpec histogram(String name, String unit, List<String> labels, String help, String absentWhen) {
        return new MetricSpec(PREFIX + name, MetricType.HISTOGRAM, unit, labels, help, absentWhen);
    }

    /**
     * The name under which to register the meter so that the Prometheus naming convention turns it back into
     * {@link #name}: dots for underscores, without the {@code _total} that the convention appends. Register without a
     * base unit, which the convention would append a second time.
     */
    public String meterName() {
        String bare = type == MetricType.COUNTER ? name.substring(0, name.length() - "_total".length()) : name;
        return bare.replace('_', '.');
    }
}
