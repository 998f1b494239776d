package dev.lastcall.drain;

/** What the API server said to a patch. */
public sealed interface PatchAnswer {

    /**
     * 200.
     *
     * @param answeredNanos {@link System#nanoTime()} when the answer's last byte had arrived
     * @param resourceVersion of the object as it was written; empty where the answer had none
     */
    record Done(long answeredNanos, String resourceVersion) implements PatchAnswer {
        public Done(long answeredNanos) {
            this(answeredNanos, "");
        }
    }

    /** 409: somebody wrote in between; re-read, recompute, retry at once. */
    record Conflict() implements PatchAnswer {}

    /** 404: the object is not there. */
    record Missing() implements PatchAnswer {}

    /** 403 or 422: somebody says no. It can pass: an API server that has just started knows no rights yet. */
    record Refused(int status, String reason) implements PatchAnswer {}

    /** Any other answer, or none (status 0): try again while there is time. */
    record Failed(int status, String reason) implements PatchAnswer {}
}
