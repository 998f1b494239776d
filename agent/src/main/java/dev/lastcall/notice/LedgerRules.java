package dev.lastcall.notice;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the user decided about notices.
 *
 * @param maintenanceLead scheduled work drains the node this long before it starts
 * @param rebalanceDrains true if a rebalance recommendation drains the node instead of marking it at risk
 */
public record LedgerRules(Duration maintenanceLead, boolean rebalanceDrains) {

    /** A final notice is over when its source says "none" this long after its deadline. */
    static final Duration FINAL_FOR = Duration.ofMinutes(10);

    /** A hint marks the node at risk and withdraws nothing. */
    boolean isHint(NoticeKind behavesAs) {
        return switch (behavesAs) {
            case REBALANCE -> !rebalanceDrains;
            case FREEZE, GPU -> true;
            case SPOT, MAINTENANCE, PREEMPT, TERMINATE, REBOOT, HIBERNATE, NODE_MARK, SIMULATED -> false;
        };
    }

    /** When the drain starts: before the deadline for scheduled work, else at once (null). */
    @Nullable
    Instant startOf(NoticeKind behavesAs, @Nullable Instant deadline) {
        boolean scheduled = behavesAs == NoticeKind.MAINTENANCE || behavesAs == NoticeKind.REBOOT;
        return scheduled && deadline != null ? deadline.minus(maintenanceLead) : null;
    }

    /** The {@link #certainty} of an interruption that takes the node for good. */
    static final int CERTAIN = 4;

    /** How certain it is that the node goes: the higher takes over, the kind of the highest stays. */
    static int certainty(Notice notice) {
        return switch (notice.kind()) {
            case SPOT, PREEMPT, TERMINATE, HIBERNATE -> CERTAIN;
            case MAINTENANCE, REBOOT -> 3;
            case NODE_MARK -> 2;
            case REBALANCE, FREEZE, GPU -> 1;
            case SIMULATED -> 0;
        };
    }
}
