package dev.lastcall.gpu;

/**
 * What a workload is given: one compute instance in one GPU instance.
 *
 * @param index under its GPU; the sequence may have holes
 * @param uuid {@code MIG-…}
 * @param profile of the device, {@code 3g.20gb}, or {@code 1c.3g.20gb} where it is a part of its GPU instance
 * @param computeSlices of the GPU instance around it
 * @param utilization 0 to 1, where the product has GPM (Hopper and later)
 */
public record MigDevice(
        int index,
        String uuid,
        int gi,
        int ci,
        String profile,
        int computeSlices,
        Reading<GpuMemory> memory,
        Reading<Double> utilization) {}
