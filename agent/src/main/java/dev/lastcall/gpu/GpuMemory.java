package dev.lastcall.gpu;

import java.util.Optional;

/**
 * Memory of a GPU or of a MIG device, in bytes.
 *
 * @param used what applications hold; includes the driver's reserve where {@code reserved} is empty
 * @param reserved what driver and firmware hold; empty where the driver is too old to tell it apart
 */
public record GpuMemory(long total, long used, long free, Optional<Long> reserved) {}
