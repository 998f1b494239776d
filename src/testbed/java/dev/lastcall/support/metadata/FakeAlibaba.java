package dev.lastcall.support.metadata;

import dev.lastcall.support.metadata.FakeMetadata.Request;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Alibaba's metadata service, plain or in the hardened mode that wants a token. */
public final class FakeAlibaba implements Closeable {

    public static final String TERMINATION = "/latest/meta-data/instance/spot/termination-time";
    private static final String TOKEN = "/latest/api/token";

    private final boolean hardened;
    private final FakeMetadata service = new FakeMetadata(this::handle);

    public FakeAlibaba(boolean hardened) {
        this.hardened = hardened;
    }

    private Optional<Reaction> handle(Request request) {
        if (request.path().equals(TOKEN)) {
            boolean well = request.method().equals("PUT")
                    && !request.header("X-aliyun-ecs-metadata-token-ttl-seconds")
                            .isEmpty();
            return Optional.of(well ? Reaction.ok("secret-token") : Reaction.status(400));
        }
        boolean entitled = request.header("X-aliyun-ecs-metadata-token").equals("secret-token");
        return hardened && !entitled ? Optional.of(Reaction.status(403)) : Optional.empty();
    }

    /** Announces the release of the instance; gives the time in the announcement. */
    public Instant announce(Duration in) {
        Instant at = Instant.ofEpochSecond(service.now().plus(in).getEpochSecond());
        service.always(TERMINATION, Reaction.ok(at.toString()));
        return at;
    }

    public FakeMetadata service() {
        return service;
    }

    public String url() {
        return service.url();
    }

    @Override
    public void close() throws IOException {
        service.close();
    }
}
