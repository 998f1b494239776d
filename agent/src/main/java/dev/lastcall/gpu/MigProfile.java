package dev.lastcall.gpu;

import java.util.List;

/**
 * A kind of GPU instance this GPU offers, as its driver describes it.
 *
 * @param id within the device; the same id means different profiles on different products
 * @param name for example {@code 3g.20gb}, without NVML's prefix
 * @param computeSlices it takes; the memory slices it takes are the size of its placements
 * @param memoryMiB as the driver rounds it
 * @param maxInstances on an empty GPU
 * @param placements all legal ones, free or not; empty when the process may not ask
 * @param remaining how many more fit now, in the driver's own count
 */
public record MigProfile(
        int id,
        String name,
        int computeSlices,
        long memoryMiB,
        int maxInstances,
        int multiprocessors,
        Reading<List<Placement>> placements,
        Reading<Integer> remaining) {

    public MigProfile {
        placements = placements.map(List::copyOf);
    }
}
