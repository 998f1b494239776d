package dev.lastcall.serving.findings;

import dev.lastcall.serving.findings.Finding.Place;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A PodDisruptionBudget that no eviction gets past. At these replicas it never allows one; or it keeps pods that are not
 * Ready, such as one that its readiness gate has withdrawn (policy/v1, {@code unhealthyPodEvictionPolicy}, default
 * {@code IfHealthyBudget}); or it is the second one for the same pod, for which the API server answers every eviction with
 * 500. A spot notice deletes past it at the last moment; any other drain waits for ever.
 */
public record BudgetBlocks() implements Rule {

    @Override
    public String name() {
        return "budget_blocks";
    }

    @Override
    public String meaning() {
        return "a PodDisruptionBudget never allows the eviction, or keeps pods that are not Ready";
    }

    @Override
    public Stream<Finding> check(Subject subject) {
        if (subject.workload().daemon()) {
            return Stream.empty();
        }
        if (subject.budgets().size() > 1) {
            String names = subject.budgets().stream().map(Budget::name).collect(Collectors.joining(", "));
            return finding(
                    "more than one PodDisruptionBudget selects this pod (" + names
                            + "): the API server refuses every eviction",
                    "leave one PodDisruptionBudget per pod");
        }
        return subject.budgets().stream().flatMap(budget -> check(subject, budget));
    }

    private Stream<Finding> check(Subject subject, Budget budget) {
        Integer replicas =
                budget.pods() != null ? budget.pods() : subject.workload().replicas();
        if (budget.blocks(replicas)) {
            return finding(
                    "PodDisruptionBudget " + budget.name() + " (" + budget.words() + ") never allows an eviction"
                            + (replicas == null
                                    ? ""
                                    : " with " + replicas + (replicas == 1 ? " replica" : " replicas")),
                    replicas != null && replicas > 1
                            ? "maxUnavailable: 1 and unhealthyPodEvictionPolicy: AlwaysAllow in PodDisruptionBudget "
                                    + budget.name()
                            : "a second replica, or maxUnavailable: 1, and unhealthyPodEvictionPolicy: AlwaysAllow in"
                                    + " PodDisruptionBudget " + budget.name());
        }
        if (subject.engine().serves() && !budget.alwaysAllow()) {
            return finding(
                    "PodDisruptionBudget " + budget.name()
                            + " keeps pods that are not Ready (IfHealthyBudget) while others are missing, too",
                    "unhealthyPodEvictionPolicy: AlwaysAllow in PodDisruptionBudget " + budget.name());
        }
        return Stream.empty();
    }

    private Stream<Finding> finding(String message, String remedy) {
        return Stream.of(new Finding(name(), Optional.empty(), message, remedy, Place.WORKLOAD));
    }
}
