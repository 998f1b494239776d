package dev.lastcall.migplan;

import java.util.List;
import java.util.Map;

/** What the search found. */
public sealed interface Outcome {

    /**
     * The pending instances fit.
     *
     * @param steps one for each GPU that changes, in the order of the GPUs; empty where idle instances are enough
     * @param fromIdle pending instances by profile that idle instances serve as they are
     */
    record Plan(List<Step> steps, Map<String, Integer> fromIdle) implements Outcome {

        public Plan {
            steps = List.copyOf(steps);
        }

        public int destroyed() {
            return steps.stream().mapToInt(step -> step.destroy().size()).sum();
        }

        public int created() {
            return steps.stream().mapToInt(step -> step.create().size()).sum();
        }
    }

    /**
     * They don't, whatever idle instances are destroyed.
     *
     * @param most instances by profile that could be served at once, of those that are pending
     */
    record Impossible(Map<String, Integer> most) implements Outcome {}
}
