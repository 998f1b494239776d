package dev.lastcall.support.metadata;

import java.util.Map;

/** What a fake metadata service does with one request. */
public sealed interface Reaction {

    /** Answers. {@code Content-Length} and, unless given, {@code Date} are added. */
    record Reply(int status, Map<String, String> headers, String body) implements Reaction {}

    /** Takes the request and stays silent until the service stops. */
    record Hang() implements Reaction {}

    /** Sends the head and a part of the body, then stays silent. */
    record HangInBody(String part) implements Reaction {}

    /** Does something after a while. */
    record Late(java.time.Duration delay, Reaction then) implements Reaction {}

    /** Closes the connection without an answer. */
    record Drop() implements Reaction {}

    /** Announces the whole body and closes the connection in the middle of it. */
    record Truncate(String body) implements Reaction {}

    static Reaction ok(String body) {
        return new Reply(200, Map.of(), body);
    }

    static Reaction status(int status) {
        return new Reply(status, Map.of(), "");
    }

    static Reaction status(int status, Map<String, String> headers) {
        return new Reply(status, headers, "");
    }
}
