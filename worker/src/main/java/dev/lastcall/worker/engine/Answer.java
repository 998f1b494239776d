package dev.lastcall.worker.engine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What came of one request to the engine. */
public sealed interface Answer {

    /** The whole answer, as a plain request would have brought it. */
    record Complete(ObjectNode body) implements Answer {}

    /**
     * The engine said no.
     *
     * @param words its own, shortened
     * @param retryAfter when it wants to be asked again, where it said so
     */
    record Refused(int code, String words, @Nullable Duration retryAfter) implements Answer {

        /** Whether the same request would be refused again: not what takes too long, collides or comes too often. */
        boolean blamesTheRequest() {
            return code >= 400 && code < 500 && code != 408 && code != 409 && code != 429;
        }
    }

    /** An answer began and did not end: the connection broke, the engine fell silent or said that it failed. */
    record Broken(String why) implements Answer {}

    /** Nobody answered: refused, no route, or no byte of an answer. */
    record Unanswered(String why) implements Answer {}

    /** This worker ended the request itself. */
    record Aborted() implements Answer {}
}
