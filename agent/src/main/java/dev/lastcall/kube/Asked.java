package dev.lastcall.kube;

/** What came of one question to the API server. */
public sealed interface Asked<T> {

    record Got<T>(T value) implements Asked<T> {}

    /**
     * No answer that says it.
     *
     * @param status HTTP status; 0 where none came
     * @param reason for a person: the server's own words, or why none came
     */
    record Refused<T>(int status, String reason) implements Asked<T> {}
}
