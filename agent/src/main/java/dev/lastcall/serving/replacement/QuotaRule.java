package dev.lastcall.serving.replacement;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The API server's admission of one more pod (Kubernetes documentation, "Resource Quotas"): refused where a limit that the pod adds to
 * would be exceeded. The old pod still counts, because it serves on beside its replacement.
 */
public final class QuotaRule {

    private QuotaRule() {}

    /** Returns the quota and the resource that would refuse the pod, in words; empty where all admit it. */
    public static Optional<String> refusal(PodDemand pod, List<Quota> quotas) {
        return quotas.stream()
                .filter(quota -> quota.counts(pod))
                .map(quota -> exceeded(pod, quota))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<String> exceeded(PodDemand pod, Quota quota) {
        for (Map.Entry<String, BigDecimal> limit : new TreeMap<>(quota.hard()).entrySet()) {
            BigDecimal more = pod.amounts().getOrDefault(limit.getKey(), BigDecimal.ZERO);
            BigDecimal used = quota.used().getOrDefault(limit.getKey(), BigDecimal.ZERO);
            if (more.signum() > 0 && used.add(more).compareTo(limit.getValue()) > 0) {
                return Optional.of("ResourceQuota %s has %s of %s %s in use, and %s more would be needed"
                        .formatted(
                                quota.name(),
                                used.toPlainString(),
                                limit.getValue().toPlainString(),
                                limit.getKey(),
                                more.toPlainString()));
            }
        }
        return Optional.empty();
    }
}
