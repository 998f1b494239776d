package dev.lastcall.gpu;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** Why the clocks are not higher: the bits of NVML's nvmlClocksEventReason*. */
public enum ClockEventReason {
    GPU_IDLE(0x1),
    APPLICATION_CLOCKS(0x2),
    SW_POWER_CAP(0x4),
    HW_SLOWDOWN(0x8),
    SYNC_BOOST(0x10),
    SW_THERMAL_SLOWDOWN(0x20),
    HW_THERMAL_SLOWDOWN(0x40),
    HW_POWER_BRAKE_SLOWDOWN(0x80),
    DISPLAY_CLOCK_SETTING(0x100);

    private final long bit;

    ClockEventReason(long bit) {
        this.bit = bit;
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The reasons in this mask; bits of newer drivers are left out. */
    public static Set<ClockEventReason> in(long mask) {
        EnumSet<ClockEventReason> found = EnumSet.noneOf(ClockEventReason.class);
        Arrays.stream(values()).filter(reason -> (mask & reason.bit) != 0).forEach(found::add);
        return found;
    }
}
