package dev.lastcall.gpu;

import java.util.Optional;

/**
 * Memory of a GPU or of a MIG device, in bytes.
 *
 * @param used what applications hold; includes the driver's reserve where {@code reserved} is empty
 * @param reserved what driver and firmware hold; empty where the driver is too old to tell it apart
 */
public record GpuMemory(long total, long used, long free, Optional<Long> reserved) {

    /** False for what a driver writes that does not know: all bits set. */
    public boolean possible() {
        return total >= 0 && used >= 0 && free >= 0 && reserved.orElse(0L) >= 0;
    }
}
