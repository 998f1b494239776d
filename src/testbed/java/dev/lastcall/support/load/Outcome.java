package dev.lastcall.support.load;

/** What became of a request, as its client saw it. Nothing but {@link Finished} is a success; [DONE] alone is none. */
public sealed interface Outcome {

    /** finish_reason stop or length, usage and, on a stream, [DONE]. */
    record Finished(String reason, int tokens) implements Outcome {}

    /** finish_reason abort: an HTTP 200 that no gateway counts as a failure. */
    record Aborted() implements Outcome {}

    /** It was under way and an error came: an error object on the stream, or HTTP 5xx on a plain request. */
    record Errored(String what) implements Outcome {}

    /** It was under way and nothing came any more. */
    record Cut(How how) implements Outcome {}

    /** Never under way: no route, connection refused, an error status at once, a stream that closed before any byte. */
    record Rejected(String what) implements Outcome {}

    enum How {
        FIN,
        RESET,
        /** No byte for as long as the client waits. */
        SILENCE,
        /** Still open when the run was ended. */
        RUN_ENDED
    }

    /** Under way and not finished. A rejected request is not lost: its sender knows at once and may send it elsewhere. */
    default boolean lost() {
        return !(this instanceof Finished || this instanceof Rejected);
    }
}
