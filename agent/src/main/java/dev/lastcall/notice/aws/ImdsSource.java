package dev.lastcall.notice.aws;

import dev.lastcall.notice.NoticeSource;
import dev.lastcall.notice.Observation;
import dev.lastcall.notice.Parsed;
import dev.lastcall.notice.SourceId;
import dev.lastcall.notice.http.TokenSession;
import java.time.Duration;
import java.util.function.Function;

/** One path of a token service and the parser of what stands there. */
public record ImdsSource(
        SourceId id, TokenSession session, String path, Function<String, Parsed> parser, Duration interval)
        implements NoticeSource.Polled {

    @Override
    public Observation poll() throws InterruptedException {
        return session.get(path).read(parser);
    }
}
