package dev.lastcall.fragmentation;

import java.util.Set;

/**
 * What containers hold of one GPU, as the kubelet tells it.
 *
 * @param instances ids of the GPU instances of which a container holds a device
 * @param wholeGpu a container holds the GPU itself, or a share of it
 */
public record Held(Set<Integer> instances, boolean wholeGpu) {

    public Held {
        instances = Set.copyOf(instances);
    }
}
