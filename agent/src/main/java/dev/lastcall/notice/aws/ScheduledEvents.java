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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code /latest/meta-data/events/maintenance/scheduled}: an array of events with {@code EventId}, {@code Code},
 * {@code State} and {@code NotBefore} ({@code 21 Jan 2019 09:00:43 GMT}). Finished ones stay listed for a week, with
 * another state or {@code [Completed]} or {@code [Canceled]} before the description; {@code NotAfter} may be missing
 * (AWS EC2 User Guide, "Scheduled events for your instances"). {@code NotAfter} is the end of the window in which the work
 * may begin, no promise that nothing happens before it, so it becomes no deadline: an active event whose window is open may
 * come at any moment.
 */
public final class ScheduledEvents {

    public static final String PATH = "/latest/meta-data/events/maintenance/scheduled";

    private ScheduledEvents() {}

    public static Parsed parse(String body) {
        Optional<JsonNode> json = JsonText.parse(body);
        if (json.isEmpty() || !json.get().isArray()) {
            return new Parsed.Garbled("scheduled events: not a JSON array");
        }
        List<Sighting> pending = new ArrayList<>();
        for (JsonNode event : json.get()) {
            if (isFinished(event)) {
                continue;
            }
            String id = JsonText.text(event, "EventId");
            String code = JsonText.text(event, "Code");
            String notBefore = JsonText.text(event, "NotBefore");
            Optional<Instant> at = notBefore == null ? Optional.empty() : Timestamps.awsEvent(notBefore);
            if (id == null || code == null || at.isEmpty()) {
                // One that cannot be read may be one that is known: leaving it out would cancel it.
                return new Parsed.Garbled("scheduled events: an event without EventId, Code or NotBefore");
            }
            pending.add(Sighting.of(
                    Fingerprint.of(SourceId.AWS_EVENTS, id),
                    kindOf(code),
                    SourceId.AWS_EVENTS,
                    new Due.NotBefore(at.get(), null)));
        }
        return new Parsed.Understood(pending);
    }

    private static boolean isFinished(JsonNode event) {
        String state = JsonText.text(event, "State");
        String description = JsonText.text(event, "Description");
        return "completed".equals(state)
                || "canceled".equals(state)
                || (description != null
                        && (description.startsWith("[Completed]") || description.startsWith("[Canceled]")));
    }

    private static NoticeKind kindOf(String code) {
        return switch (code) {
            case "instance-reboot", "system-reboot" -> NoticeKind.REBOOT;
            default -> NoticeKind.MAINTENANCE; // system-maintenance, instance-retirement, instance-stop
        };
    }
}
