package dev.lastcall.serving;

import java.time.Duration;
import java.util.Set;

/**
 * What the configuration says about serving pods.
 *
 * @param idleReads consecutive readings without a request that make an engine idle
 */
public record ServingSettings(
        LabelSelector selector,
        Set<Withdrawals.Strategy> withdraw,
        Duration settle,
        Duration pollInterval,
        int idleReads) {}
