package dev.lastcall.serving.rotation;

import java.util.List;
import java.util.OptionalInt;

/**
 * What sends requests to a pod, and the pods it sends them to.
 *
 * @param name for a person: {@code Service chat/llm}, {@code InferencePool chat/llm}, or the controller where nothing selects the pod
 * @param endpoints every pod that it selects when marks of Lastcall are left out of account, the asking one included
 * @param desiredHealthy what the strictest PodDisruptionBudget over the asking pod wants, from {@code status.desiredHealthy}; empty
 *     without a budget
 */
public record Service(String name, List<Endpoint> endpoints, OptionalInt desiredHealthy) {}
