package dev.lastcall.notice.http;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A metadata service that wants a token: AWS's IMDSv2 and Alibaba's hardened mode. Fetches one, renews it before it
 * ends, and once more if a request is answered 401. Never asks without. Safe for any thread, and without a lock: a token
 * request that hangs must not hold up another question, and two tokens at the same moment are both good.
 *
 * <p>Facts: AWS EC2 User Guide, "Use the Instance Metadata Service"; where the hop limit is too small the answer to the
 * PUT is dropped on its way, which looks like a time-out.
 */
public final class TokenSession {

    private static final Duration TOKEN_LIFE = Duration.ofHours(1);
    private static final Duration RENEW_BEFORE_END = Duration.ofSeconds(30);

    private final MetadataClient client;
    private final Dialect dialect;
    private final Duration limit;
    private volatile @Nullable Token token;

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
        public static final Dialect ALIBABA =
                new Dialect("X-aliyun-ecs-metadata-token-ttl-seconds", "X-aliyun-ecs-metadata-token");
    }

    /** @param limit for one exchange: the service is on this host's own link, so a second or two */
    public TokenSession(MetadataClient client, Dialect dialect, Duration limit) {
        this.client = client;
        this.dialect = dialect;
        this.limit = limit;
    }

    /** GET with a valid token; a token that is refused is renewed once. A failed token request is the answer. */
    public Answer get(String path) throws InterruptedException {
        Token current = token;
        Answer answer = current != null && current.isFresh() ? getWith(current, path) : getWithNewToken(path);
        if (!isUnauthorised(answer)) {
            return answer;
        }
        if (token == current) {
            token = null; // nobody has renewed it meanwhile
        }
        // Also a token fetched just now: early in a machine's life the service has been seen to refuse its own.
        return getWithNewToken(path);
    }

    private Answer getWithNewToken(String path) throws InterruptedException {
        Answer answer = client.put(
                "/latest/api/token", Map.of(dialect.lifeHeader(), Long.toString(TOKEN_LIFE.toSeconds())), limit);
        return switch (answer) {
            case Answer.NoReply none -> new Answer.NoReply(none.code(), "token request: " + none.detail());
            // A 404 here is not "no notice": this is no token service.
            case Answer.Reply reply
            when reply.status() == 404 -> new Answer.NoReply("404", "token request: answered HTTP 404");
            case Answer.Reply reply when reply.status() != 200 -> reply;
            case Answer.Reply reply -> getWithToken(reply.body().strip(), path);
        };
    }

    private Answer getWithToken(String text, String path) throws InterruptedException {
        if (!isToken(text)) {
            return new Answer.NoReply("malformed", "token request: the answer is no token");
        }
        Token fresh = new Token(text, System.nanoTime());
        Answer got = getWith(fresh, path);
        if (!isUnauthorised(got)) {
            token = fresh;
        }
        return got;
    }

    private Answer getWith(Token with, String path) throws InterruptedException {
        return client.get(path, Map.of(dialect.tokenHeader(), with.text()), limit);
    }

    /** What may stand in a header; anything else would make the client throw. */
    private static boolean isToken(String text) {
        return !text.isEmpty() && text.length() <= 4096 && text.chars().allMatch(c -> c > ' ' && c < 127);
    }

    private static boolean isUnauthorised(Answer answer) {
        return answer instanceof Answer.Reply reply && reply.status() == 401;
    }
}
