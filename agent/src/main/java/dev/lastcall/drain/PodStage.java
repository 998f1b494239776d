package dev.lastcall.drain;

import java.util.Locale;

/** Where a pod stands in a running drain. */
public enum PodStage {
    /** Being taken out of its routers. */
    WITHDRAWING,
    /** Out of its routers, finishing what it has. */
    HELD,
    /** A pod that does not serve, whose turn has not come. */
    WAITING,
    EVICTING,
    /** Its eviction was refused and is tried again. */
    BLOCKED,
    TERMINATING,
    GONE,
    /** Still there when the time was over. */
    FAILED,
    /** Not evicted: it stays on the node. */
    KEPT,
    /** In rotation, because too few others serve. */
    SERVING_ON;

    /** As the state document writes it, for example {@code serving_on}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The drain waits for nothing more of this pod. */
    public boolean ended() {
        return this == GONE || this == FAILED || this == KEPT;
    }
}
