package dev.lastcall.drain;

/** How a pod's part in a drain ended; each pod once. */
public enum PodResult {
    /** Gone after an eviction of ours. */
    EVICTED,
    /** Gone after a deletion of ours that overruled its budget. */
    FORCED,
    /** Gone without us. */
    GONE,
    /** Still there when the time was over. */
    FAILED,
    /** A serving pod that must not be evicted: taken out of its routers, read and counted, and left where it is. */
    KEPT
}
