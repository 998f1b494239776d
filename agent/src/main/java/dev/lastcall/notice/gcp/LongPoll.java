package dev.lastcall.notice.gcp;

import dev.lastcall.notice.NoticeSource;
import dev.lastcall.notice.Observation;
import dev.lastcall.notice.Parsed;
import dev.lastcall.notice.SourceId;
import dev.lastcall.notice.http.Answer;
import dev.lastcall.notice.http.MetadataClient;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One key of the metadata server, asked so that the answer comes when it changes: {@code wait_for_change} with the
 * {@code ETag} of the last answer. The first question, and the first after a failure, is answered at once; an answer at
 * the time-out carries the value as it is and is a success.
 */
public final class LongPoll implements NoticeSource.Polled {

    private static final String ANY = "0";
    private static final Duration ON_TOP = Duration.ofSeconds(3);

    /** A server that does not hold the question is polled like any other. */
    private static final Duration WHERE_NOT_HELD = Duration.ofSeconds(1);

    private static final Duration HELD = Duration.ofMillis(500);

    private final SourceId id;
    private final MetadataClient client;
    private final String path;
    private final Function<String, Parsed> parser;
    private final Duration hold;
    private final boolean optional;
    private String etag = ANY;
    private boolean everAnswered;
    private boolean heard;
    private Duration pause = Duration.ZERO;
    private @Nullable String last;

    /**
     * @param hold how long the server may hold a question; at least a second
     * @param optional true for a key that not every machine has: until its first answer 503 means that it is not there,
     *     later only where the body says that there is nothing
     */
    public LongPoll(
            SourceId id,
            MetadataClient client,
            String path,
            Function<String, Parsed> parser,
            Duration hold,
            boolean optional) {
        this.id = id;
        this.client = client;
        this.path = path;
        this.parser = parser;
        this.hold = hold.compareTo(Duration.ofSeconds(1)) < 0 ? Duration.ofSeconds(1) : hold;
        this.optional = optional;
    }

    @Override
    public SourceId id() {
        return id;
    }

    /** Zero while the server holds questions. */
    @Override
    public Duration interval() {
        return pause;
    }

    @Override
    public Observation poll() throws InterruptedException {
        String query = (optional ? "?recursive=true&alt=json&" : "?") + "wait_for_change=true&last_etag=" + etag
                + "&timeout_sec=" + hold.toSeconds();
        long asked = System.nanoTime();
        Answer answer = client.get(path + query, Map.of("Metadata-Flavor", "Google"), hold.plus(ON_TOP));
        Observation observation = meaning(answer);
        settle(answer, observation, Duration.ofNanos(System.nanoTime() - asked));
        return observation;
    }

    private Observation meaning(Answer answer) {
        if (!(answer instanceof Answer.Reply reply)) {
            return answer.read(parser);
        }
        if (optional && reply.status() == 503 && (!everAnswered || saysNone(reply))) {
            return new Observation.Nothing();
        }
        if (reply.status() == 200
                && !reply.headers()
                        .firstValue("Metadata-Flavor")
                        .map("Google"::equals)
                        .orElse(false)) {
            return new Observation.Failed("malformed", "the answer lacks Metadata-Flavor: Google");
        }
        return reply.read(parser);
    }

    /** With nothing planned the server has been seen to answer 503 for good, and to say so in the body. */
    private boolean saysNone(Answer.Reply reply) {
        return parser.apply(reply.body()) instanceof Parsed.Understood understood
                && understood.sightings().isEmpty();
    }

    private void settle(Answer answer, Observation observation, Duration took) {
        if (observation instanceof Observation.Failed || !(answer instanceof Answer.Reply reply)) {
            etag = ANY;
            heard = false;
            last = null;
            pause = Duration.ZERO;
            return;
        }
        boolean same = reply.body().equals(last);
        pause = heard && same && took.compareTo(HELD) < 0 ? WHERE_NOT_HELD : Duration.ZERO;
        heard = true;
        last = reply.body();
        everAnswered |= reply.status() == 200;
        etag = reply.headers()
                .firstValue("ETag")
                .filter(tag -> tag.matches("[A-Za-z0-9_-]{1,64}"))
                .orElse(ANY);
    }
}
