package dev.lastcall.drain;

import dev.lastcall.notice.NoticeKind;
import java.time.Duration;

/** Whether a pod that its budget still protects at its force point is deleted all the same. */
public enum ForcePolicy {
    NEVER,
    SPOT,
    ALWAYS;

    /**
     * {@code SPOT} covers the kinds where the machine is taken whatever the budget says. A node mark counts only with a
     * window: without one, nobody said when the node goes.
     */
    public boolean covers(NoticeKind kind, Duration window) {
        return switch (this) {
            case NEVER -> false;
            case ALWAYS -> true;
            case SPOT ->
                switch (kind) {
                    case SPOT, PREEMPT, TERMINATE, HIBERNATE -> true;
                    case NODE_MARK -> !window.isZero();
                    case REBALANCE, MAINTENANCE, REBOOT, FREEZE, GPU, SIMULATED -> false;
                };
        };
    }
}
