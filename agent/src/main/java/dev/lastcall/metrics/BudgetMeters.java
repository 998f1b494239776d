package dev.lastcall.metrics;

import dev.lastcall.serving.findings.WorkloadBudget;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import jakarta.inject.Singleton;
import java.util.List;

/** Whether the workloads of this node would survive a notice, before there is one. A pod that goes takes its series along. */
@Singleton
public class BudgetMeters {
    private static final MetricSpec DEFICIT = MetricSpec.gauge(
            "drain_budget_deficit_seconds",
            "seconds",
            List.of("namespace", "workload", "window"),
            "Seconds by which the hand-over of a serving pod exceeds a notice of this length; above 0 requests will be lost",
            "while neither the engine's request times nor its own drain are known");
    private static final MetricSpec FINDING = MetricSpec.gauge(
            "drain_budget_finding",
            "",
            List.of("namespace", "workload", "finding"),
            "The workload's pods on this node have this finding (docs/LINT.md); always 1",
            "while there is none");

    /** The catalogue of this group. */
    static final List<MetricSpec> SPECS = List.of(DEFICIT, FINDING);

    private final SnapshotCollector<List<WorkloadBudget>> budgets = new SnapshotCollector<>(BudgetMeters::write);

    BudgetMeters(PrometheusMeterRegistry registry) {
        budgets.register(registry.getPrometheusRegistry());
    }

    /** Replaces all series. */
    public void show(List<WorkloadBudget> now) {
        budgets.publish(List.copyOf(now));
    }

    private static void write(List<WorkloadBudget> now, Exposition out) {
        for (WorkloadBudget budget : now) {
            budget.deficits()
                    .forEach((window, deficit) -> out.add(
                            DEFICIT,
                            deficit.toMillis() / 1000.0,
                            budget.namespace(),
                            budget.workload(),
                            window.label()));
            budget.findings().forEach(finding -> out.add(FINDING, 1, budget.namespace(), budget.workload(), finding));
        }
    }
}
