package dev.lastcall.serving.findings;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who makes the pods.
 *
 * @param kind of the object that carries the template, for example {@code Deployment}; for a running pod that of its owner
 * @param replicas how many pods are wanted; null where that is not known
 * @param together how many pods answer the same requests, those of other workloads behind the same Service included; null
 *     where that is not known
 */
public record Workload(
        String kind,
        String namespace,
        String name,
        @Nullable Integer replicas,
        @Nullable Integer together) {
    private static final Set<String> BATCH = Set.of("Job", "CronJob", "ScaledJob");

    /** One that has its Service for itself. */
    public Workload(String kind, String namespace, String name, @Nullable Integer replicas) {
        this(kind, namespace, name, replicas, replicas);
    }

    /** Its pods end by themselves: they do work and are seldom behind a router. */
    public boolean batch() {
        return BATCH.contains(kind);
    }

    /** Its pods stay on their node whatever happens to it: a drain leaves them. */
    public boolean daemon() {
        return kind.equals("DaemonSet");
    }
}
