package dev.lastcall.notice.azure;

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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The document of Scheduled Events: {@code Events} with {@code EventId}, {@code EventType}, {@code Resources},
 * {@code EventStatus} and {@code NotBefore} (RFC 1123, empty once started). An event names every machine it concerns; an
 * event that does not name this one is none of ours (Azure documentation, "Scheduled Events for Linux VMs").
 */
public final class ScheduledEventsDocument {

    /** A started event has no time left that anybody promises; this is what a drain may still plan with. */
    public static final Duration STARTED = Duration.ofSeconds(10);

    private ScheduledEventsDocument() {}

    public static Parsed parse(String body, OwnMachine own) {
        Optional<JsonNode> json = JsonText.parse(body);
        JsonNode events = json.map(tree -> tree.get("Events")).orElse(null);
        if (events == null || !events.isArray()) {
            return new Parsed.Garbled("scheduled events: no array Events");
        }
        List<Sighting> ours = new ArrayList<>();
        for (JsonNode event : events) {
            JsonNode resources = event.get("Resources");
            if (resources == null || !resources.isArray()) {
                return new Parsed.Garbled("scheduled events: an event without Resources");
            }
            if (!names(resources, own)) {
                continue;
            }
            String id = JsonText.text(event, "EventId");
            String type = JsonText.text(event, "EventType");
            Optional<Due> due = due(event);
            if (id == null || type == null || due.isEmpty()) {
                return new Parsed.Garbled("scheduled events: an event without EventId, EventType or NotBefore");
            }
            kindOf(type)
                    .ifPresent(kind ->
                            ours.add(Sighting.of(Fingerprint.of(SourceId.AZURE, id), kind, SourceId.AZURE, due.get())));
        }
        return new Parsed.Understood(ours);
    }

    private static boolean names(JsonNode resources, OwnMachine own) {
        for (JsonNode resource : resources) {
            if (resource.isTextual() && own.is(resource.textValue())) {
                return true;
            }
        }
        return false;
    }

    private static Optional<Due> due(JsonNode event) {
        String status = JsonText.text(event, "EventStatus");
        String notBefore = JsonText.text(event, "NotBefore");
        if ("Started".equals(status)) {
            return Optional.of(new Due.Within(STARTED));
        }
        Optional<Instant> at =
                "Scheduled".equals(status) && notBefore != null ? Timestamps.rfc1123(notBefore) : Optional.empty();
        return at.map(time -> new Due.NotBefore(time, STARTED));
    }

    /** Empty for a type that is not documented: nothing is known of what it does to the machine. */
    private static Optional<NoticeKind> kindOf(String type) {
        return switch (type) {
            case "Preempt" -> Optional.of(NoticeKind.PREEMPT);
            case "Terminate" -> Optional.of(NoticeKind.TERMINATE);
            case "Reboot" -> Optional.of(NoticeKind.REBOOT);
            case "Redeploy" -> Optional.of(NoticeKind.MAINTENANCE);
            case "Freeze" -> Optional.of(NoticeKind.FREEZE);
            default -> Optional.empty();
        };
    }
}
