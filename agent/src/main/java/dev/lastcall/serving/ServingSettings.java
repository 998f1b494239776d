package dev.lastcall.serving;

import dev.lastcall.serving.rotation.KeepInRotation;
import java.time.Duration;
import java.util.Set;

/**
 * What the configuration says about serving pods.
 *
 * @param keepInRotation how many others must serve on before a doomed pod leaves
 * @param idleReads consecutive readings without a request that make an engine idle
 */
public record ServingSettings(
        LabelSelector selector,
        Set<Withdrawals.Strategy> withdraw,
        Duration settle,
        Duration pollInterval,
        int idleReads,
        KeepInRotation keepInRotation) {}
