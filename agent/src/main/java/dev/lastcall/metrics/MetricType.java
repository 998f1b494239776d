package dev.lastcall.metrics;

import java.util.Locale;

/** What {@code # TYPE} says of a family. An info metric is a gauge that is always 1. */
public enum MetricType {
    GAUGE,
    COUNTER,
    HISTOGRAM;

    /** The word in the exposition. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
