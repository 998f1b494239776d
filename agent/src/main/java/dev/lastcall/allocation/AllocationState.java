package dev.lastcall.allocation;

import java.time.Instant;
import java.util.Optional;

/**
 * What is known of the allocation now: the immutable value that metrics, fragmentation and the state page read.
 *
 * @param allocation empty while it is unknown: the kubelet has not answered, or not for {@link KubeletList#KEPT}, or no GPU
 *     has been looked for yet
 * @param up whether the kubelet answered the last time it was asked
 * @param lastSuccess when it last did; empty = never
 */
public record AllocationState(Optional<Allocation> allocation, boolean up, Optional<Instant> lastSuccess) {

    /** Before anything was asked. */
    public static AllocationState unknown() {
        return new AllocationState(Optional.empty(), false, Optional.empty());
    }
}
