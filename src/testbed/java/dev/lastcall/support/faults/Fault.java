package dev.lastcall.support.faults;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What happens to requests that match.
 *
 * @param method HTTP method, or {@code *} for any
 * @param path matched against the whole path, without the query
 * @param limit how many requests it meets before it is used up
 */
public record Fault(String method, Pattern path, Action action, int limit) {

    /** What is done to a request. */
    public sealed interface Action {

        /** Answered by the proxy; the API server never sees it. */
        record Answer(int status, Map<String, String> headers, String body) implements Action {}

        /** Passed on after a pause. */
        record Delay(Duration pause) implements Action {}

        /** The connection is reset; the API server never sees the request. */
        record Drop() implements Action {}

        /** The API server acts on it, but the connection is reset before the client learns so. */
        record DropAnswer() implements Action {}
    }

    /** A request this fault is meant for. */
    public static Target on(String method, String pathRegex) {
        return new Target(method, Pattern.compile(pathRegex));
    }

    /** Every request. */
    public static Target onAll() {
        return on("*", ".*");
    }

    /** The same for the first {@code count} matching requests only. */
    public Fault times(int count) {
        return new Fault(method, path, action, count);
    }

    boolean matches(String requestMethod, String requestPath) {
        return (method.equals("*") || method.equals(requestMethod))
                && path.matcher(requestPath).matches();
    }

    /** The requests a fault is for; choose what happens to them. */
    public record Target(String method, Pattern path) {

        /** Answers with a Kubernetes Status object of that code and reason (for example 409, Conflict). */
        public Fault refuse(int code, String reason) {
            return answer(code, Map.of("Content-Type", "application/json"), """
                    {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",\
                    "message":"injected fault","reason":"%s","code":%d}""".formatted(reason, code));
        }

        public Fault answer(int status, Map<String, String> headers, String body) {
            return with(new Action.Answer(status, Map.copyOf(headers), body));
        }

        public Fault delay(Duration pause) {
            return with(new Action.Delay(pause));
        }

        public Fault drop() {
            return with(new Action.Drop());
        }

        public Fault dropAnswer() {
            return with(new Action.DropAnswer());
        }

        private Fault with(Action action) {
            return new Fault(method, path, action, Integer.MAX_VALUE);
        }
    }
}
