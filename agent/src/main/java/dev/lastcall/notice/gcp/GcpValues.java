package dev.lastcall.notice.gcp;

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
import java.util.function.BooleanSupplier;

/**
 * What the values of the metadata server mean (Compute Engine documentation, "Query metadata server for maintenance
 * event notices" and "GPU host maintenance"). No value but the last names a time, so an identity is the kind and the
 * boot.
 *
 * @param bootId of this boot; empty where it is unknown
 * @param preemptionWindow from the sight of a preemption to the end
 * @param gpus GPU machines cannot migrate: they are told an hour ahead, others a minute; asked at each answer, because a
 *     node learns of its GPUs late
 */
public record GcpValues(String bootId, Duration preemptionWindow, BooleanSupplier gpus) {

    public static final String PREEMPTED = "/computeMetadata/v1/instance/preempted";
    public static final String MAINTENANCE = "/computeMetadata/v1/instance/maintenance-event";
    public static final String UPCOMING = "/computeMetadata/v1/instance/upcoming-maintenance";

    private static final String NONE_YET = "no notifications have been received";

    private static final Duration WITH_GPUS = Duration.ofMinutes(60);
    private static final Duration WITHOUT = Duration.ofSeconds(60);

    /** {@code TRUE} or {@code FALSE}. */
    public Parsed preempted(String body) {
        return switch (body.strip()) {
            case "TRUE" ->
                Parsed.one(Sighting.of(
                        Fingerprint.of(SourceId.GCP_PREEMPTED, bootId),
                        NoticeKind.PREEMPT,
                        SourceId.GCP_PREEMPTED,
                        new Due.Within(preemptionWindow)));
            case "FALSE" -> Parsed.none();
            default -> new Parsed.Garbled("preempted: neither TRUE nor FALSE");
        };
    }

    /** {@code NONE}, {@code MIGRATE_ON_HOST_MAINTENANCE} (the machine lives on) or {@code TERMINATE_…}. */
    public Parsed maintenanceEvent(String body) {
        return switch (body.strip()) {
            case "NONE", "MIGRATE_ON_HOST_MAINTENANCE" -> Parsed.none();
            case "TERMINATE_ON_HOST_MAINTENANCE" ->
                Parsed.one(Sighting.of(
                        Fingerprint.of(SourceId.GCP_MAINTENANCE, bootId),
                        NoticeKind.MAINTENANCE,
                        SourceId.GCP_MAINTENANCE,
                        new Due.Within(gpus.getAsBoolean() ? WITH_GPUS : WITHOUT)));
            default -> new Parsed.Garbled("maintenance-event: not one of its three values");
        };
    }

    /**
     * {@code upcoming-maintenance} as JSON: with a {@code window_start_time}, in either of the spellings that the
     * documentation shows, by itself or under a heading of its own. Nothing planned has many forms in the field: an empty
     * object, {@code NONE} with or without quotes, or an {@code error} that says that nothing was received yet.
     */
    public Parsed upcoming(String body) {
        if (body.strip().equals("NONE")) {
            return Parsed.none();
        }
        Optional<JsonNode> json = JsonText.parse(body);
        if (json.isEmpty()) {
            return new Parsed.Garbled("upcoming-maintenance: no JSON");
        }
        JsonNode said = json.get();
        if (said.isObject() && said.size() == 1 && said.elements().next().isObject()) {
            said = said.elements().next();
        }
        if (saysNone(said)) {
            return Parsed.none();
        }
        String snake = JsonText.text(said, "window_start_time");
        String start = snake != null ? snake : JsonText.text(said, "windowStartTime");
        Optional<Instant> at = start == null ? Optional.empty() : Timestamps.rfc3339(start);
        return at.map(time -> Parsed.one(Sighting.of(
                        Fingerprint.of(SourceId.GCP_UPCOMING, time.toString()),
                        NoticeKind.MAINTENANCE,
                        SourceId.GCP_UPCOMING,
                        new Due.NotBefore(time, null))))
                .orElse(new Parsed.Garbled("upcoming-maintenance: no window_start_time"));
    }

    private static boolean saysNone(JsonNode said) {
        if (said.isTextual()) {
            return said.textValue().equals("NONE");
        }
        String error = JsonText.text(said, "error");
        return said.isObject() && (said.isEmpty() || (error != null && error.startsWith(NONE_YET)));
    }
}
