package dev.lastcall.kube;

/**
 * A PodDisruptionBudget as its status stands.
 *
 * @param allowed evictions it allows now
 * @param healthy pods that are ready
 * @param desired pods that have to stay ready
 * @param expected pods it counts
 */
public record Budget(String name, int allowed, int healthy, int desired, int expected) {}
