package dev.lastcall.worker.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lastcall.worker.job.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Puts the chunks of a stream together to the body that a plain request would have brought. One choice, one thread. */
final class StreamedAnswer {

    private final Json json;
    private final boolean chat;
    private final @Nullable Partial resumed;

    private final TokenIds ids = new TokenIds();
    private final TokenIds promptIds = new TokenIds();
    private final StringBuilder text = new StringBuilder();
    /** Other strings of a chat's delta, e.g. a model's reasoning. */
    private final Map<String, StringBuilder> others = new LinkedHashMap<>();

    private @Nullable JsonNode first;
    private String role = "assistant";
    private @Nullable JsonNode finishReason;
    private @Nullable JsonNode stopReason;
    private @Nullable JsonNode usage;
    private int arrived;
    /** How far it reaches what a continuation could go on from. */
    private int keptIds;

    private int keptText;
    private boolean withIds = true;

    /** @param chat whether the job is a chat: its answer is one, even where the continuation is a completion */
    StreamedAnswer(Json json, boolean chat, @Nullable Partial resumed) {
        this.json = json;
        this.chat = chat;
        this.resumed = resumed;
        if (resumed != null) {
            ids.addAll(resumed.ids());
            promptIds.addAll(resumed.promptIds());
            text.append(resumed.text());
            keptIds = ids.size();
            keptText = text.length();
        }
    }

    /** Takes one chunk. */
    void accept(JsonNode chunk) {
        if (first == null) {
            first = chunk;
        }
        if (chunk.path("usage").isObject()) {
            usage = chunk.path("usage");
        }
        JsonNode choice = chunk.path("choices").path(0);
        if (!choice.isObject()) {
            return;
        }
        if (choice.path("finish_reason").isTextual()) {
            finishReason = choice.path("finish_reason");
            stopReason = choice.get("stop_reason");
        }
        int before = text.length();
        acceptText(choice);
        boolean some = text.length() > before;
        if (resumed == null && promptIds.size() == 0) {
            JsonNode prompt =
                    chunk.has("prompt_token_ids") ? chunk.get("prompt_token_ids") : choice.get("prompt_token_ids");
            promptIds.addAll(prompt);
        }
        JsonNode row = choice.get("token_ids");
        if (row != null && row.isArray()) {
            withIds &= ids.addAll(row);
            arrived += row.size();
        } else if (some) {
            withIds = false;
            arrived++;
        }
        // A character that is not complete yet is in the ids and not in the text: no place to go on from.
        if (some && text.charAt(text.length() - 1) != '\uFFFD' && whole()) {
            keptIds = ids.size();
            keptText = text.length();
        }
    }

    private void acceptText(JsonNode choice) {
        if (choice.path("text").isTextual()) {
            text.append(choice.path("text").textValue());
        }
        choice.path("delta").properties().forEach(field -> {
            JsonNode value = field.getValue();
            if (!value.isTextual()) {
                return;
            }
            switch (field.getKey()) {
                case "role" -> role = value.textValue();
                case "content" -> text.append(value.textValue());
                default ->
                    others.computeIfAbsent(field.getKey(), name -> new StringBuilder())
                            .append(value.textValue());
            }
        });
    }

    private boolean whole() {
        return withIds && promptIds.size() > 0 && others.values().stream().allMatch(StringBuilder::isEmpty);
    }

    /** Tokens, those of earlier attempts among them, that a continuation could go on from; 0 is none. */
    int keepable() {
        return whole() ? keptIds : 0;
    }

    /** Whether the engine sent text without ids. */
    boolean lacksIds() {
        return !withIds;
    }

    /** Tokens that this attempt brought. */
    int arrived() {
        return arrived;
    }

    int generated() {
        return ids.size();
    }

    String partial() {
        return Partial.write(json, ids, keptIds, text.substring(0, keptText));
    }

    String prompt() {
        ArrayNode array = json.object().putArray("ids");
        promptIds.addTo(array, promptIds.size());
        return json.write(array);
    }

    /** All tokens that were asked for are there. */
    void reachedLimit(JsonNode head) {
        first = head;
        finishReason = json.object().put("reason", "length").get("reason");
    }

    /** Null while it is not complete; [DONE] is no sign of it, an engine that is killed sends that too. */
    @Nullable
    String finishReason() {
        return finishReason == null ? null : finishReason.textValue();
    }

    ObjectNode body(String id) {
        JsonNode head = first == null ? json.object() : first;
        ObjectNode body = json.object();
        body.put("id", head.path("id").asText(id));
        body.put("object", chat ? "chat.completion" : "text_completion");
        body.set("created", head.get("created"));
        body.set("model", head.get("model"));
        if (head.path("system_fingerprint").isTextual()) {
            body.set("system_fingerprint", head.path("system_fingerprint"));
        }
        ObjectNode choice = body.putArray("choices").addObject();
        choice.put("index", 0);
        if (chat) {
            ObjectNode message = choice.putObject("message");
            message.put("role", role);
            message.put("content", text.toString());
            others.forEach((name, value) -> message.put(name, value.toString()));
        } else {
            choice.put("text", text.toString());
        }
        choice.set("logprobs", null);
        choice.set("finish_reason", finishReason);
        if (stopReason != null) {
            choice.set("stop_reason", stopReason);
        }
        body.set("usage", usage());
        return body;
    }

    private @Nullable JsonNode usage() {
        Partial from = resumed;
        if (from == null) {
            return usage;
        }
        int had = from.ids().size();
        int prompt = from.promptIds().size();
        int completion =
                had + (usage == null ? arrived : usage.path("completion_tokens").asInt(arrived));
        ObjectNode whole = json.object();
        whole.put("prompt_tokens", prompt);
        whole.put("completion_tokens", completion);
        whole.put("total_tokens", prompt + completion);
        return whole;
    }
}
