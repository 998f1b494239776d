package dev.lastcall.gpu;

/**
 * A GPU instance: slices of memory and compute set apart, whether or not a compute instance makes them usable.
 *
 * @param gi its id within the GPU; ids are used again
 */
public record MigInstance(int gi, int profileId, String profile, Placement placement) {}
