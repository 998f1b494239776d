package dev.lastcall.notice.http;

import dev.lastcall.notice.Observation;
import dev.lastcall.notice.Parsed;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.function.Function;

/** What came back for one request to a metadata service. */
public sealed interface Answer {

    /**
     * An HTTP answer, whole.
     *
     * @param body at most 64 KiB, as UTF-8
     * @param clockSkew the service's clock minus ours, by its {@code Date} header; zero where too small to tell
     * @param answeredNanos {@link System#nanoTime()} at the arrival of the last byte
     */
    record Reply(int status, HttpHeaders headers, String body, Duration clockSkew, long answeredNanos)
            implements Answer {

        /** Headers may carry what must not be logged, the body may be a token. */
        @Override
        public String toString() {
            return "Reply[" + status + ", " + body.length() + " characters]";
        }
    }

    /** No answer: {@code code} is one of {@code timeout refused too-large io}, {@code detail} one line for the log. */
    record NoReply(String code, String detail) implements Answer {}

    /** The answer's meaning where 200 carries a text, 404 means "none", and everything else tells nothing. */
    default Observation read(Function<String, Parsed> parser) {
        return switch (this) {
            case NoReply none -> new Observation.Failed(none.code(), none.detail());
            case Reply reply when reply.status() == 200 -> Replies.understood(reply, parser);
            case Reply reply when reply.status() == 404 -> new Observation.Nothing();
            case Reply reply -> Replies.failure(reply);
        };
    }
}
