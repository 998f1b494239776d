package dev.lastcall.gpu.nvml;

import dev.lastcall.gpu.Gpu;

/** Reads one GPU. Both methods run on the one thread that belongs to it. */
interface StateReader {

    /** Makes the reader of the GPU with this index, with calls of its own. */
    @FunctionalInterface
    interface Maker {
        StateReader of(int index, Calls calls);
    }

    /**
     * @throws SessionLost when the driver says the session or this GPU is gone
     * @throws Unreadable when the GPU has no handle or no name
     */
    Gpu.State read();

    /** Before the session ends: native memory that belongs to it. */
    void release();
}
