package dev.lastcall.worker.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code {"id", "endpoint", "request", "deadline"}} and a line of OpenAI's batch format alike. */
public final class JobReader {

    private static final Pattern ENDPOINT = Pattern.compile("/v\\d+(/[A-Za-z0-9_-]+)+");

    private final Json json;

    public JobReader(Json json) {
        this.json = json;
    }

    /** @param id the name that the queue gave it: the job's own, or the digest of its text */
    public JobReading read(String id, String text) {
        JsonNode line;
        try {
            line = json.read(text);
        } catch (JsonProcessingException e) {
            return new Malformed("not JSON: " + e.getOriginalMessage());
        }
        if (!(line instanceof ObjectNode job)) {
            return new Malformed("a job is a JSON object with \"request\", not " + kind(line));
        }
        JsonNode name = either(job, "id", "custom_id");
        if (name != null && !(name.isTextual() && name.textValue().equals(id))) {
            return new Malformed("\"id\" is a string of 1 to 512 bytes of UTF-8, not " + shown(name));
        }
        JsonNode method = either(job, "method", "method");
        if (method != null && !"POST".equals(method.asText())) {
            return new Malformed("\"method\" can only be POST, not " + shown(method));
        }
        JsonNode body = either(job, "request", "body");
        if (!(body instanceof ObjectNode request)) {
            return new Malformed(
                    body == null
                            ? "\"request\" (or \"body\") is missing"
                            : "\"request\" (or \"body\") is a JSON object, not " + kind(body));
        }
        JsonNode path = either(job, "endpoint", "url");
        if (path != null
                && !(path.isTextual() && ENDPOINT.matcher(path.textValue()).matches())) {
            return new Malformed("\"endpoint\" is a path like /v1/completions, not " + shown(path));
        }
        JsonNode time = either(job, "deadline", "deadline");
        Instant deadline = instant(time);
        if (time != null && deadline == null) {
            return new Malformed("\"deadline\" is a time like 2026-11-29T12:00:00Z, not " + shown(time));
        }
        String endpoint =
                path != null ? path.textValue() : request.has("prompt") ? "/v1/completions" : "/v1/chat/completions";
        JsonNode order = job.get("order");
        return new Job(id, endpoint, request, deadline, order == null || !order.isTextual() ? null : order.textValue());
    }

    private static @Nullable JsonNode either(ObjectNode job, String name, String other) {
        JsonNode value = job.get(name);
        if (value == null || value.isNull()) {
            value = job.get(other);
        }
        return value == null || value.isNull() ? null : value;
    }

    private static @Nullable Instant instant(@Nullable JsonNode time) {
        try {
            return time == null || !time.isTextual()
                    ? null
                    : OffsetDateTime.parse(time.textValue()).toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static String kind(JsonNode node) {
        return "a JSON " + node.getNodeType().name().toLowerCase(java.util.Locale.ROOT);
    }

    private static String shown(JsonNode node) {
        String text = node.toString();
        return text.length() <= 100 ? text : text.substring(0, 100) + "…";
    }
}
