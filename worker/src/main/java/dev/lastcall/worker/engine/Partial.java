package dev.lastcall.worker.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lastcall.worker.job.Json;
import org.jspecify.annotations.Nullable;

/**
 * What earlier attempts generated: {@code {"token_ids": […], "text": "…"}} as it is stored, beside the prompt's ids.
 *
 * @param text what the ids say; joined from the engine's own pieces, never decoded here
 */
public record Partial(JsonNode promptIds, JsonNode ids, String text) {

    /** Null where what is stored is no partial: then the job starts from zero. */
    static @Nullable Partial read(Json json, String partial, String prompt) {
        if (partial.isEmpty() || prompt.isEmpty()) {
            return null;
        }
        try {
            JsonNode stored = json.read(partial);
            JsonNode promptIds = json.read(prompt);
            JsonNode ids = stored.path("token_ids");
            JsonNode text = stored.path("text");
            boolean whole = promptIds.isArray() && !promptIds.isEmpty() && ids.isArray() && text.isTextual();
            return whole && !ids.isEmpty() ? new Partial(promptIds, ids, text.textValue()) : null;
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    static String write(Json json, TokenIds ids, int count, String text) {
        ObjectNode stored = json.object();
        ids.addTo(stored.putArray("token_ids"), count);
        stored.put("text", text);
        return json.write(stored);
    }
}
