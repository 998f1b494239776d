package dev.lastcall.worker.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lastcall.worker.job.Job;
import java.util.List;
import java.util.Set;

/**
 * Which requests can go on from their token ids. What the engine derives from "generated so far" would start anew in the
 * middle: stop strings that are half seen, penalties, a grammar, a seeded sampler. Those start from zero instead.
 */
final class Resumable {

    private static final Set<String> NEVER = Set.of(
            "tools",
            "tool_choice",
            "functions",
            "function_call",
            "response_format",
            "structured_outputs",
            "guided_json",
            "guided_regex",
            "guided_choice",
            "guided_grammar",
            "logprobs",
            "top_logprobs",
            "prompt_logprobs",
            "echo",
            "suffix",
            "stop",
            "best_of",
            "use_beam_search",
            "truncate_prompt_tokens",
            "prompt_embeds",
            "audio",
            "modalities",
            "thinking_token_budget");
    private static final List<String> PENALTIES = List.of("presence_penalty", "frequency_penalty");

    private Resumable() {}

    /** Whether the request is streamed and put together again; the rest is asked for in one piece. */
    static boolean resumable(Job job) {
        ObjectNode request = job.request();
        boolean asked = switch (job.endpoint()) {
            case "/v1/completions" -> onePrompt(request.path("prompt"));
            case "/v1/chat/completions" -> plainText(request.path("messages"));
            default -> false;
        };
        return asked
                && request.path("n").asInt(1) == 1
                && NEVER.stream().noneMatch(name -> isSet(request.path(name)))
                && PENALTIES.stream().noneMatch(name -> request.path(name).asDouble(0) != 0)
                && (!isSet(request.path("seed")) || request.path("temperature").asDouble(1) == 0);
    }

    private static boolean onePrompt(JsonNode prompt) {
        if (prompt.isTextual()) {
            return true;
        }
        for (JsonNode item : prompt) {
            if (!item.isInt()) {
                return false;
            }
        }
        return prompt.isArray() && !prompt.isEmpty();
    }

    private static boolean plainText(JsonNode messages) {
        for (JsonNode message : messages) {
            JsonNode content = message.path("content");
            if (!content.isTextual() || isSet(message.path("tool_calls"))) {
                return false;
            }
        }
        return messages.isArray() && !messages.isEmpty();
    }

    /** Fields that are there and say "off" ask for nothing. */
    private static boolean isSet(JsonNode value) {
        boolean off = value.isMissingNode()
                || value.isNull()
                || (value.isContainerNode() && value.isEmpty())
                || (value.isBoolean() && !value.booleanValue())
                || (value.isTextual() && value.textValue().equals("none"));
        return !off;
    }
}
