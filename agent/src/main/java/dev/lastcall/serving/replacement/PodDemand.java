package dev.lastcall.serving.replacement;

import java.math.BigDecimal;
import java.util.Map;

/**
 * What one more pod like this one would take out of a ResourceQuota.
 *
 * @param amounts by the quota's own names ({@code pods}, {@code requests.cpu}, {@code requests.nvidia.com/gpu}), in cores, bytes and pieces
 * @param bestEffort no container asks for cpu or memory
 * @param terminating the pod has an {@code activeDeadlineSeconds}
 * @param priorityClass empty where it has none
 */
public record PodDemand(
        Map<String, BigDecimal> amounts, boolean bestEffort, boolean terminating, String priorityClass) {}
