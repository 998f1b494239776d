package dev.lastcall.metrics;

import dev.lastcall.serving.findings.WorkloadBudget;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import jakarta.inject.Singleton;
import java.util.List;

/** Whether the workloads of this node would survive a notice, before there is one. A pod that goes takes its series along. */
@Singleton
public class BudgetMeters {
    private static final MetricSpec DEFICIT = MetricSpec.gauge(
            "drain_budget_deficit_seconds",
            "seconds",
            List.of("namespace", "workload", "window"),
            "How much longer than a notice of this length the hand-over of a serving pod takes; 0 or less fits",
            "while neither the engine's request times nor its own drain are known");
    private static final MetricSpec FINDING = MetricSpec.gauge(
            "drain_budget_finding",
            "",
            List.of("namespace", "workload", "finding"),
            "The workload's pods on this node have this finding (docs/LINT.md); always 1",
            "while there is none");

    /** The catalogue of this group. */
    static final List<MetricSpec> SPECS = List.of(DEFICIT, FINDING);

    private final MultiGauge deficits;
    private final MultiGauge findings;

    BudgetMeters(MeterRegistry registry) {
        this.deficits = MultiGauge.builder(DEFICIT.meterName())
                .description(DEFICIT.help())
                .register(registry);
        this.findings = MultiGauge.builder(FINDING.meterName())
                .description(FINDING.help())
                .register(registry);
    }

    /** Replaces all series. */
    public void show(List<WorkloadBudget> budgets) {
        deficits.register(
                budgets.stream()
                        .flatMap(budget -> budget.deficits().entrySet().stream()
                                .map(deficit -> MultiGauge.Row.of(
                                        tags(budget)
                                                .and("window", deficit.getKey().label()),
                                        deficit.getValue().toMillis() / 1000.0)))
                        .toList(),
                true);
        findings.register(
                budgets.stream()
                        .flatMap(budget -> budget.findings().stream()
                                .map(finding -> MultiGauge.Row.of(tags(budget).and("finding", finding), 1)))
                        .toList(),
                true);
    }

    private static Tags tags(WorkloadBudget budget) {
        return Tags.of("namespace", budget.namespace(), "workload", budget.workload());
    }
}
