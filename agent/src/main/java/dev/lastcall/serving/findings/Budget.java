package dev.lastcall.serving.findings;

import org.jspecify.annotations.Nullable;

/**
 * A PodDisruptionBudget that selects the pod.
 *
 * @param minAvailable a count or a percentage as written; null where not set
 * @param maxUnavailable likewise
 * @param alwaysAllow {@code unhealthyPodEvictionPolicy: AlwaysAllow}
 * @param pods how many it selects where it counts more than the pods of this workload; null where it does not
 */
public record Budget(
        String name,
        @Nullable String minAvailable,
        @Nullable String maxUnavailable,
        boolean alwaysAllow,
        @Nullable Integer pods) {

    /** One that selects the pods of one workload. */
    public Budget(String name, @Nullable String minAvailable, @Nullable String maxUnavailable, boolean alwaysAllow) {
        this(name, minAvailable, maxUnavailable, alwaysAllow, null);
    }

    /**
     * Whether no eviction is ever allowed while everything is well. The disruption controller rounds both percentages up
     * (kubernetes pkg/controller/disruption, getExpectedPodCount), so only 0 % of unavailable pods is none.
     *
     * @param replicas null where not known: then only what blocks at any number
     */
    public boolean blocks(@Nullable Integer replicas) {
        if (maxUnavailable != null) {
            return number(maxUnavailable) == 0;
        }
        if (minAvailable == null) {
            return false;
        }
        int wanted = number(minAvailable);
        if (minAvailable.endsWith("%")) {
            return wanted >= 100
                    || replicas != null && Math.ceilDiv(wanted * replicas, 100) >= replicas && replicas > 0;
        }
        return replicas != null && replicas > 0 && wanted >= replicas;
    }

    /** As written, for people: {@code minAvailable: 1}. */
    public String words() {
        return maxUnavailable != null ? "maxUnavailable: " + maxUnavailable : "minAvailable: " + minAvailable;
    }

    /** The number without its percent sign; one that allows everything for what is no number. */
    private int number(String text) {
        String digits = text.endsWith("%") ? text.substring(0, text.length() - 1) : text;
        if (digits.matches("\\d{1,6}")) {
            return Integer.parseInt(digits);
        }
        return maxUnavailable != null ? Integer.MAX_VALUE : 0;
    }
}
