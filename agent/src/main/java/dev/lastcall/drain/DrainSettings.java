package dev.lastcall.drain;

import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the configuration says about a drain.
 *
 * @param safetyMargin S: a serving pod's last moment lies this long before the deadline
 * @param maxConcurrency evictions under way at once, not pods held or terminating
 * @param namespacesLast drained when all others are gone
 * @param own this agent's pod as {@code namespace/name}; null outside a cluster
 * @param version written into the Node's annotation
 */
public record DrainSettings(
        Duration safetyMargin,
        int maxConcurrency,
        boolean taint,
        boolean excludeFromLoadBalancers,
        boolean autoscalerTaint,
        ForcePolicy force,
        Set<String> namespacesLast,
        @Nullable String own,
        boolean dryRun,
        String version) {}
