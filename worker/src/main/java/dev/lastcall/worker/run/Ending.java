package dev.lastcall.worker.run;

/** Why a worker ends, and the exit code that says so. */
public enum Ending {
    QUEUE_EMPTY(0),
    ASKED_TO(0),
    /** EX_CONFIG of sysexits.h. */
    NOT_LET_IN(78),
    /** EX_UNAVAILABLE of sysexits.h. */
    REDIS_LOST(69);

    private final int code;

    Ending(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }
}
