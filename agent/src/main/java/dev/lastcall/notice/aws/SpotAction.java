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
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * {@code /latest/meta-data/spot/instance-action}: {@code {"action":"terminate","time":"2017-09-18T08:22:00Z"}}, two
 * minutes ahead; {@code hibernate} starts at once, whatever its time says (AWS EC2 User Guide, "Spot instance
 * interruption notices").
 */
public final class SpotAction {

    public static final String PATH = "/latest/meta-data/spot/instance-action";

    private SpotAction() {}

    public static Parsed parse(String body) {
        Optional<JsonNode> json = JsonText.parse(body);
        if (json.isEmpty() || !json.get().isObject()) {
            return new Parsed.Garbled("spot action: not a JSON object");
        }
        String action = JsonText.text(json.get(), "action");
        String time = JsonText.text(json.get(), "time");
        if (action == null) {
            return new Parsed.Garbled("spot action: no action");
        }
        Optional<Instant> at = time == null ? Optional.empty() : Timestamps.rfc3339(time);
        return switch (action) {
            case "hibernate" ->
                Parsed.one(Sighting.of(
                        Fingerprint.of(SourceId.AWS_SPOT, action, time == null ? "" : time),
                        NoticeKind.HIBERNATE,
                        SourceId.AWS_SPOT,
                        new Due.Within(Duration.ZERO)));
            case "terminate", "stop" ->
                at.map(due -> Parsed.one(Sighting.of(
                                Fingerprint.of(SourceId.AWS_SPOT, action, due.toString()),
                                NoticeKind.SPOT,
                                SourceId.AWS_SPOT,
                                new Due.At(due))))
                        .orElse(new Parsed.Garbled("spot action: no time of the form 2017-09-18T08:22:00Z"));
            default -> new Parsed.Garbled("spot action: neither terminate, stop nor hibernate");
        };
    }
}
