package dev.lastcall.kube;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One answer of the API server, or none.
 *
 * @param status the HTTP status; 0 when no answer came
 * @param retryAfter the Retry-After header as it stood; null without one
 * @param body the answer's body, or in a few words why none came
 * @param answeredNanos {@link System#nanoTime()} when the last byte had arrived or the wait was over
 */
record ApiAnswer(int status, @Nullable String retryAfter, String body, long answeredNanos) {

    /** Why none came: the server had all the time there was. */
    static final String TIMEOUT = "timeout";

    private static final ObjectMapper JSON = new ObjectMapper();

    static ApiAnswer none(String reason) {
        return new ApiAnswer(0, null, reason, System.nanoTime());
    }

    boolean successful() {
        return status >= 200 && status < 300;
    }

    /** The body as JSON; a missing node where it is none. */
    JsonNode json() {
        if (status == 0) {
            return MissingNode.getInstance();
        }
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance();
        }
    }

    /** What a person should read: the Status message, else the start of the body. */
    String reason() {
        String message = json().path("message").asText("");
        String text = message.isEmpty() ? body : message;
        return text.length() <= 300 ? text : text.substring(0, 300) + "…";
    }

    /** Retry-After in seconds, from the header or else from the Status; null where neither gives a positive number. */
    @Nullable
    Duration retryDelay() {
        long seconds = json().path("details").path("retryAfterSeconds").asLong(0);
        if (retryAfter != null) {
            try {
                seconds = Long.parseLong(retryAfter.strip());
            } catch (NumberFormatException e) {
                // An HTTP date; the API server never sends one.
                return seconds > 0 ? Duration.ofSeconds(seconds) : null;
            }
        }
        return seconds > 0 ? Duration.ofSeconds(seconds) : null;
    }
}
