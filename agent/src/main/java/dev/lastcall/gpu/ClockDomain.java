package dev.lastcall.gpu;

import java.util.Locale;

/** The clocks of a GPU, in the order of NVML's nvmlClockType_t. */
public enum ClockDomain {
    GRAPHICS,
    SM,
    MEMORY,
    VIDEO;

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
