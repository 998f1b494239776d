package dev.lastcall.drain;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How far a drain has come. All but {@link #NOTICED} are written to the Node, where a restarted agent finds them. */
public enum DrainPhase {
    /** In memory only: the cordon patch is under way. */
    NOTICED,
    CORDONED,
    WITHDRAWN,
    DRAINING,
    DONE,
    FAILED,
    CANCELLED;

    /** The public name. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Nothing is left to do. */
    public boolean over() {
        return this == DONE || this == FAILED || this == CANCELLED;
    }

    /** The phase with this public name; empty for a name that is none. */
    public static Optional<DrainPhase> ofLabel(String label) {
        return Arrays.stream(values())
                .filter(phase -> phase.label().equals(label))
                .findFirst();
    }
}
