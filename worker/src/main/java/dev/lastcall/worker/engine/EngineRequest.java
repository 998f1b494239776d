package dev.lastcall.worker.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lastcall.worker.job.Job;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One request as it is sent.
 *
 * @param resumed what it goes on from, null from zero
 * @param extras the fields that were added for the worker's own sake: an engine may not know them
 */
record EngineRequest(
        String path,
        ObjectNode body,
        boolean streamed,
        @Nullable Partial resumed,
        Set<String> extras) {

    /** What a chat request and a completion have in common: the rest means nothing once the prompt is ids. */
    private static final Set<String> SAMPLING = Set.of(
            "model",
            "temperature",
            "top_p",
            "top_k",
            "min_p",
            "repetition_penalty",
            "seed",
            "stop_token_ids",
            "ignore_eos",
            "min_tokens",
            "skip_special_tokens",
            "spaces_between_special_tokens",
            "logit_bias",
            "allowed_token_ids",
            "bad_words",
            "priority",
            "user",
            "vllm_xargs",
            "cache_salt");

    /** The request in one piece, as the producer wrote it but for the stream. */
    static EngineRequest whole(Job job, @Nullable Integer priority) {
        ObjectNode body = job.request().deepCopy();
        body.remove(java.util.List.of("stream", "stream_options"));
        return new EngineRequest(job.endpoint(), body, false, null, prioritised(body, priority));
    }

    /** Streamed, with token ids. */
    static EngineRequest stream(Job job, @Nullable Integer priority) {
        ObjectNode body = job.request().deepCopy();
        return streamed(job.endpoint(), body, null, priority);
    }

    /** The same from where an earlier attempt stopped: always a completion, since only there a prompt can be ids. */
    static EngineRequest continuation(Job job, Partial partial, @Nullable Integer priority) {
        ObjectNode body = job.request().deepCopy();
        boolean chat = !body.has("prompt");
        if (chat) {
            body.retain(SAMPLING);
        }
        ArrayNode prompt = body.putArray("prompt");
        partial.promptIds().forEach(prompt::add);
        partial.ids().forEach(prompt::add);
        int had = partial.ids().size();
        Integer limit = limit(job);
        if (limit == null) {
            // vLLM: what is left of the context, as a chat request without a limit has it.
            body.putNull("max_tokens");
        } else {
            body.put("max_tokens", Math.max(1, limit - had));
        }
        if (body.path("min_tokens").canConvertToInt()) {
            body.put("min_tokens", Math.max(0, body.path("min_tokens").intValue() - had));
        }
        return streamed("/v1/completions", body, partial, priority);
    }

    /** The most tokens that the job's answer may have; null where only the context bounds it. */
    static @Nullable Integer limit(Job job) {
        ObjectNode request = job.request();
        for (String name : new String[] {"max_completion_tokens", "max_tokens"}) {
            JsonNode value = request.path(name);
            if (value.canConvertToInt()) {
                return value.intValue();
            }
        }
        // OpenAI's default for completions.
        return job.endpoint().equals("/v1/completions") && !request.has("max_tokens") ? Integer.valueOf(16) : null;
    }

    private static EngineRequest streamed(
            String path, ObjectNode body, @Nullable Partial resumed, @Nullable Integer priority) {
        body.put("stream", true);
        body.putObject("stream_options").put("include_usage", true);
        body.put("return_token_ids", true);
        Set<String> extras = new java.util.HashSet<>(Set.of("stream_options", "return_token_ids"));
        extras.addAll(prioritised(body, priority));
        return new EngineRequest(path, body, true, resumed, Set.copyOf(extras));
    }

    private static Set<String> prioritised(ObjectNode body, @Nullable Integer priority) {
        if (priority == null || body.has("priority")) {
            return Set.of();
        }
        body.put("priority", priority);
        return Set.of("priority");
    }
}
