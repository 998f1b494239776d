package dev.lastcall.support.metadata;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Tencent's metadata service, whose times are Beijing's. */
public final class FakeTencent implements Closeable {

    public static final String TERMINATION = "/latest/meta-data/spot/termination-time";

    private static final DateTimeFormatter FORM =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneOffset.ofHours(8));

    private final FakeMetadata service = new FakeMetadata();

    /** Announces that the instance is taken back; gives the time in the announcement. */
    public Instant announce(Duration in) {
        Instant at = Instant.ofEpochSecond(service.now().plus(in).getEpochSecond());
        service.always(TERMINATION, Reaction.ok(FORM.format(at)));
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
