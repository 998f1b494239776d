package dev.lastcall.drain;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The own Node as last seen.
 *
 * @param resourceVersion what a patch computed from this view is sent with
 * @param conditions condition type to status ({@code True}, {@code False}, {@code Unknown})
 * @param gpus GPUs the node has room for, by its allocatable {@code nvidia.com/*} resources
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
        int gpus) {}
