package dev.lastcall.serving.rotation;

/**
 * How a doomed pod comes to leave without all others leaving in the same moment. Agents don't talk to each other; they write to their
 * own pod and look at the others'. Before it leaves, a pod stands there marked as doomed and not as kept, and looks at a state that is
 * not older than this. Of two such pods the one that wrote later sees the other's mark and can't count on it, so of any number that
 * want to leave together the last writer stays, unless enough pods serve on that are not doomed at all.
 */
public enum Seating {
    /** Take it out of its routers. */
    LEAVE,
    /** Write that it is kept: others may count on it from then on. */
    SAY_KEPT,
    /** Remove that, then ask again by what is not older than the removal. */
    TAKE_BACK_KEPT,
    /** Nothing changes; ask again in a second. */
    SERVE_ON;

    /** @param kept the pod stands there as kept, by its agent's last write */
    public static Seating next(boolean kept, RotationVerdict verdict) {
        return switch (verdict) {
            case RotationVerdict.Leave _ -> kept ? TAKE_BACK_KEPT : LEAVE;
            case RotationVerdict.Keep _ -> kept ? SERVE_ON : SAY_KEPT;
        };
    }
}
