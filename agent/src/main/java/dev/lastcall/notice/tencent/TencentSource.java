package dev.lastcall.notice.tencent;

import dev.lastcall.notice.Due;
import dev.lastcall.notice.Fingerprint;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.notice.NoticeSource;
import dev.lastcall.notice.Observation;
import dev.lastcall.notice.Parsed;
import dev.lastcall.notice.Sighting;
import dev.lastcall.notice.SourceId;
import dev.lastcall.notice.http.MetadataClient;
import dev.lastcall.notice.http.Timestamps;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Map;

/**
 * {@code /latest/meta-data/spot/termination-time}: 404, or {@code 2018-08-18 12:05:33}, which is Beijing time (CVM
 * documentation, "Querying instance metadata").
 */
public record TencentSource(MetadataClient client, Duration interval, Duration limit) implements NoticeSource.Polled {

    public static final String PATH = "/latest/meta-data/spot/termination-time";

    private static final ZoneOffset BEIJING = ZoneOffset.ofHours(8);

    @Override
    public SourceId id() {
        return SourceId.TENCENT;
    }

    @Override
    public Observation poll() throws InterruptedException {
        return client.get(PATH, Map.of(), limit).read(TencentSource::parse);
    }

    /** The text, or garbled. */
    public static Parsed parse(String body) {
        return Timestamps.plain(body, BEIJING)
                .map(at -> Parsed.one(Sighting.of(
                        Fingerprint.of(SourceId.TENCENT, at.toString()),
                        NoticeKind.SPOT,
                        SourceId.TENCENT,
                        new Due.At(at))))
                .orElse(new Parsed.Garbled("termination time: not of the form 2018-08-18 12:05:33"));
    }
}
