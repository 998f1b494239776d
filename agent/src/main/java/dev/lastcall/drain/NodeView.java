package dev.lastcall.drain;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The own Node as last seen.
 *
 * @param resourceVersion what a patch computed from this view is sent with
 * @param conditions condition type to status ({@code True}, {@code False}, {@code Unknown})
 * @param gpus GPUs the node has room for, by its allocatable {@code nvidia.com/*} resources: zero until driver and device
 *     plugin are up, minutes after the node was born
 */
public record NodeView(
        String name,
        String uid,
        String resourceVersion,
        boolean unschedulable,
        List<Taint> taints,
        Map<String, String> labels,
        Map<String, String> annotations,
        Map<String, String> conditions,
        @Nullable String providerId,
        @Nullable String bootId,
        int gpus) {

    /** Labels that name a GPU before anything on the node can count it. */
    private static final List<String> GPU_LABELS = List.of(
            "cloud.google.com/gke-accelerator", // by GKE, from the node's birth
            "nvidia.com/gpu.present", // by NVIDIA's feature discovery
            "feature.node.kubernetes.io/pci-10de.present"); // by node-feature-discovery: a PCI device of NVIDIA's

    /** Whether the Node says that it has GPUs, by its allocatable resources or by a label that is there sooner. */
    public boolean saysGpus() {
        return gpus > 0
                || GPU_LABELS.stream().map(labels::get).anyMatch(value -> value != null && !value.equals("false"));
    }
}
