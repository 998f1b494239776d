package dev.lastcall.notice.aws;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.notice.Due;
import dev.lastcall.notice.Fingerprint;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.notice.Parsed;
import dev.lastcall.notice.Sighting;
import dev.lastcall.notice.SourceId;
import dev.lastcall.notice.http.JsonText;
import dev.lastcall.notice.http.Timestamps;
import java.util.Optional;

/**
 * {@code /latest/meta-data/events/recommendations/rebalance}: {@code {"noticeTime":"2020-10-16T19:18:24Z"}}. A hint,
 * often minutes before the spot notice, sometimes with it (AWS EC2 User Guide, "EC2 instance rebalance
 * recommendations").
 */
public final class Rebalance {

    public static final String PATH = "/latest/meta-data/events/recommendations/rebalance";

    private Rebalance() {}

    public static Parsed parse(String body) {
        Optional<JsonNode> json = JsonText.parse(body);
        if (json.isEmpty() || !json.get().isObject()) {
            return new Parsed.Garbled("rebalance: not a JSON object");
        }
        String time = JsonText.text(json.get(), "noticeTime");
        return (time == null ? Optional.<java.time.Instant>empty() : Timestamps.rfc3339(time))
                .map(at -> Parsed.one(Sighting.of(
                                Fingerprint.of(SourceId.AWS_REBALANCE, at.toString()),
                                NoticeKind.REBALANCE,
                                SourceId.AWS_REBALANCE,
                                new Due.Unknown())
                        .announcedAt(at)))
                .orElse(new Parsed.Garbled("rebalance: no noticeTime"));
    }
}
