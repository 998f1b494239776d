package dev.lastcall.serving.replacement;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/**
 * A ResourceQuota, reduced to what admits a pod.
 *
 * @param name with its namespace, {@code chat/gpus}
 * @param hard the limits, by resource name
 * @param used what the namespace takes now, by resource name
 * @param scopes all have to match a pod, else the quota doesn't count it
 */
public record Quota(String name, Map<String, BigDecimal> hard, Map<String, BigDecimal> used, List<Scope> scopes) {

    /**
     * One condition on the pods that are counted.
     *
     * @param name {@code Terminating}, {@code NotTerminating}, {@code BestEffort}, {@code NotBestEffort}, {@code PriorityClass}
     * @param operator {@code In}, {@code NotIn}, {@code Exists} or {@code DoesNotExist}
     */
    public record Scope(String name, String operator, List<String> values) {

        boolean counts(PodDemand pod) {
            return switch (name) {
                case "Terminating" -> pod.terminating();
                case "NotTerminating" -> !pod.terminating();
                case "BestEffort" -> pod.bestEffort();
                case "NotBestEffort" -> !pod.bestEffort();
                case "PriorityClass" -> priority(pod.priorityClass());
                // Scopes of other objects, and of affinities that no quota of GPUs goes by.
                default -> false;
            };
        }

        private boolean priority(String priorityClass) {
            return switch (operator) {
                case "In" -> values.contains(priorityClass);
                case "NotIn" -> !values.contains(priorityClass);
                case "DoesNotExist" -> priorityClass.isEmpty();
                default -> !priorityClass.isEmpty();
            };
        }
    }

    boolean counts(PodDemand pod) {
        return scopes.stream().allMatch(scope -> scope.counts(pod));
    }
}
