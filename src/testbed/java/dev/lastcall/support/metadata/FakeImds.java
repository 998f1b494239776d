package dev.lastcall.support.metadata;

import dev.lastcall.support.metadata.FakeMetadata.Request;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** AWS's metadata service, version 2 only: tokens that expire on command, 404 where nothing is announced. */
public final class FakeImds implements Closeable {

    public static final String TOKEN = "/latest/api/token";
    public static final String SPOT = "/latest/meta-data/spot/instance-action";
    public static final String REBALANCE = "/latest/meta-data/events/recommendations/rebalance";
    public static final String EVENTS = "/latest/meta-data/events/maintenance/scheduled";
    public static final String ASG = "/latest/meta-data/autoscaling/target-lifecycle-state";

    /** Asked for and answered under one name; AWS's own handler throws a token away whose answer lacks it. */
    private static final String TTL = "X-aws-ec2-metadata-token-ttl-seconds";

    private final AtomicInteger issued = new AtomicInteger();
    private final Set<String> valid = ConcurrentHashMap.newKeySet();
    private final FakeMetadata service = new FakeMetadata(this::handle);

    private Optional<Reaction> handle(Request request) {
        if (request.path().equals(TOKEN)) {
            String seconds = request.header(TTL);
            return Optional.of(
                    request.method().equals("PUT") && !seconds.isEmpty()
                            ? new Reaction.Reply(200, Map.of(TTL, seconds), issue())
                            : Reaction.status(400));
        }
        return unauthorised(request) ? Optional.of(Reaction.status(401)) : Optional.empty();
    }

    private String issue() {
        String token = "secret-token-" + issued.incrementAndGet();
        valid.add(token);
        return token;
    }

    private boolean unauthorised(Request request) {
        List<String> tokens = request.headers().getOrDefault("x-aws-ec2-metadata-token", List.of());
        return tokens.size() != 1 || !valid.contains(tokens.getFirst());
    }

    public FakeMetadata service() {
        return service;
    }

    public String url() {
        return service.url();
    }

    /** Every token given so far is worth nothing from now on. */
    public FakeImds expireTokens() {
        valid.clear();
        return this;
    }

    public int tokensIssued() {
        return issued.get();
    }

    /** Announces an action, this long from now on the service's clock; gives the time in the announcement. */
    public Instant announce(String action, Duration in) {
        Instant at = Instant.ofEpochSecond(service.now().plus(in).getEpochSecond());
        service.always(SPOT, Reaction.ok("{\"action\":\"" + action + "\",\"time\":\"" + at + "\"}"));
        return at;
    }

    @Override
    public void close() throws IOException {
        service.close();
    }
}
