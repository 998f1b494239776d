package dev.lastcall.allocation;

import java.util.Set;

/**
 * What of one GPU is held.
 *
 * @param instances ids of the GPU instances of which a container holds a device
 * @param whole a container holds the GPU as a whole
 */
public record GpuUse(Set<Integer> instances, boolean whole) {

    public GpuUse {
        instances = Set.copyOf(instances);
    }

    public boolean idle() {
        return instances.isEmpty() && !whole;
    }
}
