package dev.lastcall.serving.findings;

import java.util.List;
import java.util.Set;

/**
 * A pod template and what stands around it.
 *
 * @param budgets PodDisruptionBudgets that select its pods
 * @param routers Services and InferencePools that select its pods
 * @param linked names of the Services of its namespace whose address Kubernetes injects as variables
 */
public record Subject(
        Workload workload,
        PodTemplate pod,
        List<Budget> budgets,
        List<Router> routers,
        Set<String> linked,
        EngineFacts engine,
        Terms terms) {

    /** Whether its pods answer requests of others, so that somebody has to stop sending them. */
    public boolean routed() {
        return engine.serves() && !workload.daemon() && (!workload.batch() || !routers.isEmpty());
    }
}
