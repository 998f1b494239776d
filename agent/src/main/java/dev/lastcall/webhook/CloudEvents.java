package dev.lastcall.webhook;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lastcall.drain.DrainEvent;
import dev.lastcall.notice.Notice;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * From what happened in a drain to CloudEvents 1.0 in structured JSON. {@code source} is the node, {@code id} is made of
 * the notice and the type: an agent that was restarted and tells the same thing again tells it under the same id.
 */
final class CloudEvents {
    static final String NOTICE = "dev.lastcall.notice";
    static final String CORDONED = "dev.lastcall.node.cordoned";
    static final String WITHDRAWN = "dev.lastcall.serving.withdrawn";
    static final String COMPLETED = "dev.lastcall.drain.completed";
    static final String FAILED = "dev.lastcall.drain.failed";

    /** How long an event is worth retrying whose notice has no deadline. */
    private static final Duration WITHOUT_DEADLINE = Duration.ofMinutes(2);
    /** A report is written when its deadline has all but come; where the machine lives on it gets this long. */
    private static final Duration AT_LEAST = Duration.ofSeconds(10);

    private final ObjectMapper json;
    private final String node;
    private final boolean dryRun;
    private final InstantSource clock;
    /** The drain that events without a notice of their own belong to. */
    private @Nullable Notice current;

    /** @param dryRun the whole agent only decides: every event says so */
    CloudEvents(ObjectMapper json, String node, boolean dryRun, InstantSource clock) {
        this.json = json;
        this.node = node;
        this.dryRun = dryRun;
        this.clock = clock;
    }

    /** The event to send; empty for what nobody outside needs to hear. Events of one drain come in their order. */
    Optional<WebhookEvent> of(DrainEvent event) {
        return switch (event) {
            case DrainEvent.Noticed noticed -> {
                current = noticed.notice();
                yield noticed.resumed() ? Optional.empty() : Optional.of(ofNotice(NOTICE, noticed.notice(), true));
            }
            case DrainEvent.AtRisk hint -> Optional.of(ofNotice(NOTICE, hint.notice(), false));
            case DrainEvent.Cordoned cordoned -> {
                current = cordoned.notice();
                ObjectNode data = about(cordoned.notice())
                        .put("cordonedAfterMs", cordoned.sinceAnswer().toMillis())
                        .put("cordonedByUs", cordoned.cordonedByUs());
                yield Optional.of(event(CORDONED, cordoned.notice(), data));
            }
            case DrainEvent.AllWithdrawn withdrawn ->
                Optional.ofNullable(current)
                        .map(notice -> event(
                                WITHDRAWN,
                                notice,
                                about(notice)
                                        .put("pods", withdrawn.pods())
                                        .put(
                                                "withdrawnAfterMs",
                                                withdrawn.sinceNotice().toMillis())));
            case DrainEvent.Completed completed -> {
                String type = completed.report().outcome().equals("failed") ? FAILED : COMPLETED;
                ObjectNode report = json.valueToTree(completed.report().toMap());
                yield Optional.of(event(type, completed.notice(), report));
            }
            default -> Optional.empty();
        };
    }

    private WebhookEvent ofNotice(String type, Notice notice, boolean drains) {
        return event(type, notice, about(notice).put("drains", drains));
    }

    private ObjectNode about(Notice notice) {
        Instant deadline = notice.deadline();
        ObjectNode data = json.createObjectNode()
                .put("id", notice.id())
                .put("kind", notice.kind().label())
                .put("source", notice.source())
                .put("noticedAt", notice.noticedAt().toString())
                .put("deadline", deadline == null ? null : deadline.toString());
        if (dryRun || notice.dryRun()) {
            data.put("dryRun", true);
        }
        return data;
    }

    private WebhookEvent event(String type, Notice notice, ObjectNode data) {
        Instant now = clock.instant();
        ObjectNode event = json.createObjectNode()
                .put("specversion", "1.0")
                .put("id", notice.id() + "/" + notice.noticedAt().toEpochMilli() + "/" + type)
                .put("source", "/lastcall/nodes/" + node)
                .put("type", type)
                .put("subject", node)
                .put("time", now.toString())
                .put("datacontenttype", "application/json");
        event.set("data", data);
        Instant deadline = notice.deadline();
        Instant until = deadline == null ? now.plus(WITHOUT_DEADLINE) : deadline;
        Instant least = now.plus(AT_LEAST);
        try {
            return new WebhookEvent(type, json.writeValueAsBytes(event), until.isBefore(least) ? least : until);
        } catch (JsonProcessingException impossible) {
            // A tree of texts, numbers and lists always has a JSON form.
            throw new UncheckedIOException(impossible);
        }
    }
}
