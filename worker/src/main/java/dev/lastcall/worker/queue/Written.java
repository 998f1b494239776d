package dev.lastcall.worker.queue;

/** What became of a result that was to be written. */
public enum Written {
    WRITTEN,
    /** This job has a result: somebody else's, or this one when its first writing was not answered. */
    THERE_ALREADY,
    LEASE_LOST
}
