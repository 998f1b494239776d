package dev.lastcall.notice.aws;

import dev.lastcall.notice.http.Answer;
import dev.lastcall.notice.http.MetadataClient;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * IMDSv2: fetches a token, renews it before it ends, and once more if a request is answered 401. Never falls back to
 * version 1. Used by one thread.
 *
 * <p>Facts: AWS EC2 User Guide, "Use the Instance Metadata Service"; where the hop limit is too small the answer to the
 * PUT is dropped on its way, which looks like a time-out.
 */
public final class ImdsSession {

    /** For one exchange: the service is on this host's own link. */
    static final Duration LIMIT = Duration.ofSeconds(2);

    private static final Duration TOKEN_LIFE = Duration.ofHours(1);
    private static final Duration RENEW_BEFORE_END = Duration.ofSeconds(30);

    private final MetadataClient client;
    private final Dialect dialect;
    private @Nullable Token token;

    /** A token; its text stays out of every log. */
    private record Token(String text, long fetchedNanos) {
        boolean isFresh() {
            long life = TOKEN_LIFE.minus(RENEW_BEFORE_END).toNanos();
            return System.nanoTime() - fetchedNanos < life;
        }

        @Override
        public String toString() {
            return "Token";
        }
    }

    /** The names of the headers: the one thing in which token services differ. */
    public record Dialect(String lifeHeader, String tokenHeader) {
        public static final Dialect AWS =
                new Dialect("X-aws-ec2-metadata-token-ttl-seconds", "X-aws-ec2-metadata-token");
    }

    public ImdsSession(MetadataClient client, Dialect dialect) {
        this.client = client;
        this.dialect = dialect;
    }

    /** GET with a valid token; a failed token request is the answer. */
    public Answer get(String path) throws InterruptedException {
        Token current = token;
        if (current == null || !current.isFresh()) {
            return getWithNewToken(path);
        }
        Answer answer = getWith(current, path);
        return isUnauthorised(answer) ? getWithNewToken(path) : answer;
    }

    private Answer getWithNewToken(String path) throws InterruptedException {
        token = null;
        Answer answer = client.put(
                "/latest/api/token", Map.of(dialect.lifeHeader(), Long.toString(TOKEN_LIFE.toSeconds())), LIMIT);
        switch (answer) {
            case Answer.NoReply none -> {
                return new Answer.NoReply(none.code(), "token request: " + none.detail());
            }
            case Answer.Reply reply
            when reply.status() == 404 -> {
                // A 404 here is not "no notice": this is no token service.
                return new Answer.NoReply("404", "token request: answered HTTP 404");
            }
            case Answer.Reply reply
            when reply.status() != 200 -> {
                return reply;
            }
            case Answer.Reply reply -> {
                String text = reply.body().strip();
                if (!isToken(text)) {
                    return new Answer.NoReply("malformed", "token request: the answer is no token");
                }
                Token fresh = new Token(text, System.nanoTime());
                Answer got = getWith(fresh, path);
                token = isUnauthorised(got) ? null : fresh;
                return got;
            }
        }
    }

    private Answer getWith(Token with, String path) throws InterruptedException {
        return client.get(path, Map.of(dialect.tokenHeader(), with.text()), LIMIT);
    }

    /** What may stand in a header; anything else would make the client throw. */
    private static boolean isToken(String text) {
        return !text.isEmpty() && text.length() <= 4096 && text.chars().allMatch(c -> c > ' ' && c < 127);
    }

    private static boolean isUnauthorised(Answer answer) {
        return answer instanceof Answer.Reply reply && reply.status() == 401;
    }
}
