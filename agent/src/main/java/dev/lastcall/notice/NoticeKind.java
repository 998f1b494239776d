package dev.lastcall.notice;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * What is going to happen to the node. The labels are public: they are the values of the interruption taint, of the
 * drain annotation and of the {@code kind} label in metrics.
 */
public enum NoticeKind {
    SPOT,
    REBALANCE,
    MAINTENANCE,
    PREEMPT,
    TERMINATE,
    REBOOT,
    FREEZE,
    HIBERNATE,
    GPU,
    NODE_MARK,
    SIMULATED;

    private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** The public name, for example {@code spot} or {@code node-mark}. */
    public String label() {
        return label;
    }

    /** The kind with this public name; empty for a name that is none. */
    public static Optional<NoticeKind> ofLabel(String label) {
        return Arrays.stream(values()).filter(kind -> kind.label.equals(label)).findFirst();
    }
}
