package dev.lastcall.support.faults;

import java.util.Optional;

/**
 * One request that reached the proxy.
 *
 * @param receivedNanos {@link System#nanoTime()} when the request was read to its end
 * @param answeredNanos the same when the answer's head was there; when the connection was cut if there was none
 * @param query without the question mark, empty if there is none
 * @param status HTTP status that the client was sent, 0 if the connection was cut before an answer
 * @param body of the request, as UTF-8
 * @param fault what was done to it, if anything
 */
public record RecordedRequest(
        long receivedNanos,
        long answeredNanos,
        String method,
        String path,
        String query,
        int status,
        String body,
        Optional<Fault.Action> fault) {

    public boolean isWatch() {
        return ("&" + query + "&").matches(".*&watch=(true|1)&.*");
    }
}
