package dev.lastcall.drain;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One change of the Node, computed from one {@link NodeView} and valid for that version only: it is sent as a single
 * JSON merge patch with the view's resourceVersion, so that a foreign taint written meanwhile makes a conflict and is
 * never lost (a merge patch replaces the whole taint list).
 *
 * @param resourceVersion the version it was computed from
 * @param unschedulable the new value of {@code spec.unschedulable}; null leaves it alone
 * @param taints the complete new list; null leaves the taints alone
 * @param labels key to new value, empty = remove
 * @param annotations key to new value, empty = remove
 */
public record NodePatch(
        String resourceVersion,
        @Nullable Boolean unschedulable,
        @Nullable List<Taint> taints,
        Map<String, Optional<String>> labels,
        Map<String, Optional<String>> annotations) {}
