package dev.lastcall.metrics;

import java.util.List;

/**
 * The catalogue of every family the agent may expose, one list per group of meters. docs/METRICS.md is this list in
 * prose, and a test holds the two together.
 */
public final class MetricNames {

    private static final List<List<MetricSpec>> GROUPS = List.of(
            ApiMeters.SPECS,
            NoticeMeters.SPECS,
            DrainMeters.SPECS,
            BudgetMeters.SPECS,
            GpuMetrics.ALL,
            GpuDetailMetrics.ALL,
            FragmentationMetrics.ALL,
            AllocationMetrics.ALL);

    private MetricNames() {}

    public static List<MetricSpec> all() {
        return GROUPS.stream().flatMap(List::stream).toList();
    }
}
