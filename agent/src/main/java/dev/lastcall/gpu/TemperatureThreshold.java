package dev.lastcall.gpu;

import java.util.Locale;

/** Temperatures at which a GPU does something, in the order of NVML's nvmlTemperatureThresholds_t and of its T.Limit fields. */
public enum TemperatureThreshold {
    /** The GPU switches itself off. */
    SHUTDOWN,
    /** The hardware slows down. */
    SLOWDOWN,
    /** The driver slows down for the memory. */
    MEMORY_MAX,
    /** The driver slows down for the GPU. */
    GPU_MAX;

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
