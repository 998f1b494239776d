package dev.lastcall.allocation;

/** What can be held, under the driver's own name. */
public sealed interface Device {

    /** The GPU on which it lies, {@code GPU-…}. */
    String gpuUuid();

    /** A GPU as a whole. */
    record Whole(String gpuUuid) implements Device {}

    /** @param uuid {@code MIG-…} */
    record Mig(String gpuUuid, String uuid, int gi) implements Device {}
}
