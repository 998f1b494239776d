package dev.lastcall.notice.alibaba;

import dev.lastcall.notice.Due;
import dev.lastcall.notice.Fingerprint;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.notice.NoticeSource;
import dev.lastcall.notice.Observation;
import dev.lastcall.notice.Parsed;
import dev.lastcall.notice.Sighting;
import dev.lastcall.notice.SourceId;
import dev.lastcall.notice.http.Answer;
import dev.lastcall.notice.http.MetadataClient;
import dev.lastcall.notice.http.Timestamps;
import dev.lastcall.notice.http.TokenSession;
import java.time.Duration;
import java.util.Map;

/**
 * {@code /latest/meta-data/instance/spot/termination-time}: 404, or {@code 2015-01-05T18:02:00Z} (ECS documentation,
 * "Query instance metadata"). Asked plainly; a service in hardened mode refuses that and is then asked with a token.
 */
public final class AlibabaSource implements NoticeSource.Polled {

    public static final String PATH = "/latest/meta-data/instance/spot/termination-time";

    private final MetadataClient client;
    private final TokenSession session;
    private final Duration interval;
    private final Duration limit;
    private boolean hardened;

    public AlibabaSource(MetadataClient client, Duration interval, Duration limit) {
        this.client = client;
        this.session = new TokenSession(client, TokenSession.Dialect.ALIBABA, limit);
        this.interval = interval;
        this.limit = limit;
    }

    @Override
    public SourceId id() {
        return SourceId.ALIBABA;
    }

    @Override
    public Duration interval() {
        return interval;
    }

    @Override
    public Observation poll() throws InterruptedException {
        if (!hardened) {
            Answer plain = client.get(PATH, Map.of(), limit);
            if (!(plain instanceof Answer.Reply reply) || (reply.status() != 401 && reply.status() != 403)) {
                return plain.read(AlibabaSource::parse);
            }
        }
        Observation observation = session.get(PATH).read(AlibabaSource::parse);
        hardened = !(observation instanceof Observation.Failed);
        return observation;
    }

    /** The text, or garbled. */
    public static Parsed parse(String body) {
        return Timestamps.rfc3339(body)
                .map(at -> Parsed.one(Sighting.of(
                        Fingerprint.of(SourceId.ALIBABA, at.toString()),
                        NoticeKind.SPOT,
                        SourceId.ALIBABA,
                        new Due.At(at))))
                .orElse(new Parsed.Garbled("termination time: not of the form 2015-01-05T18:02:00Z"));
    }
}
