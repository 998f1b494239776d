package dev.lastcall.notice.http;

import dev.lastcall.notice.Observation;
import dev.lastcall.notice.Parsed;
import dev.lastcall.notice.http.Answer.Reply;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/** What HTTP answers mean, for every metadata service alike. */
public final class Replies {

    private Replies() {}

    static Observation understood(Reply reply, Function<String, Parsed> parser) {
        return switch (parser.apply(reply.body())) {
            case Parsed.Garbled garbled -> new Observation.Failed("malformed", garbled.why());
            case Parsed.Understood understood when understood.sightings().isEmpty() -> new Observation.Nothing();
            case Parsed.Understood understood ->
                new Observation.Seen(understood.sightings(), reply.clockSkew(), reply.answeredNanos());
        };
    }

    /** The failure that an answer other than 200 and 404 is. */
    public static Observation.Failed failure(Reply reply) {
        int status = reply.status();
        if (status >= 300 && status < 400) {
            return new Observation.Failed("redirect", "answered HTTP " + status + ", which is not followed");
        }
        return new Observation.Failed(
                Integer.toString(status),
                "answered HTTP " + status,
                retryAfter(reply).orElse(null));
    }

    /** {@code Retry-After} in seconds; the form with a date is not used by metadata services and reads as absent. */
    private static Optional<Duration> retryAfter(Reply reply) {
        return reply.headers()
                .firstValue("Retry-After")
                .map(String::strip)
                .filter(text -> text.matches("\\d{1,5}"))
                .map(text -> Duration.ofSeconds(Long.parseLong(text)));
    }
}
