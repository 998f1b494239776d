package dev.lastcall.gpu;

import java.util.Locale;

/** Errors of NVLinks up to the fourth generation, as NVML counts them over all links. */
public enum NvLinkError {
    CRC_FLIT,
    CRC_DATA,
    REPLAY,
    RECOVERY;

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
