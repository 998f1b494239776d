package dev.lastcall.support.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Arrays;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A request for a completion, as far as it decides when bytes come. Fields of ours: {@code lastcall_test_seconds} = how
 * long the whole of it takes, {@code lastcall_test_stop_after} = the token after which the model ends by itself, unless
 * {@code ignore_eos}.
 *
 * @param tokens how many tokens will come
 * @param stops whether it ends with finish_reason "stop" instead of "length"
 * @param promptIds the prompt's ids as a JSON array if {@code return_token_ids} asks for ids, else null
 * @param firstNanos from its turn to the first token
 * @param nextNanos from one token to the next
 */
record CompletionRequest(
        int tokens,
        boolean stops,
        boolean stream,
        boolean includeUsage,
        int promptTokens,
        @Nullable String promptIds,
        long firstNanos,
        long nextNanos) {

    private static final ObjectMapper JSON = new ObjectMapper();
    /** The API's own default. */
    private static final int DEFAULT_TOKENS = 16;

    static CompletionRequest parse(byte[] body, EngineOptions options) throws Refused {
        JsonNode json;
        try {
            json = JSON.readTree(body);
        } catch (IOException e) {
            throw new Refused(400, "the body is no JSON");
        }
        if (json == null || !json.isObject()) {
            throw new Refused(400, "the body is no JSON object");
        }
        String model = json.path("model").asText(options.model());
        if (!model.equals(options.model())) {
            throw new Refused(404, "The model `" + model + "` does not exist.");
        }
        if (json.has("stream_options") && !json.path("stream").asBoolean()) {
            throw new Refused(400, "stream_options without stream");
        }
        int asked = json.path("max_tokens").asInt(DEFAULT_TOKENS);
        if (asked < 1) {
            throw new Refused(400, "max_tokens must be at least 1, got " + asked);
        }
        OptionalInt stopAfter =
                json.has("lastcall_test_stop_after") && !json.path("ignore_eos").asBoolean()
                        ? OptionalInt.of(json.path("lastcall_test_stop_after").asInt())
                        : OptionalInt.empty();
        boolean stops = stopAfter.isPresent() && stopAfter.getAsInt() <= asked;
        int tokens = stops ? stopAfter.getAsInt() : asked;
        JsonNode prompt = json.path("prompt");
        double seconds = json.path("lastcall_test_seconds").asDouble(0);
        long each = (long) (seconds * 1e9 / tokens);
        return new CompletionRequest(
                tokens,
                stops,
                json.path("stream").asBoolean(),
                json.path("stream_options").path("include_usage").asBoolean(),
                Math.max(1, prompt.isArray() ? prompt.size() : prompt.asText().length()),
                json.path("return_token_ids").asBoolean() ? ids(prompt) : null,
                each > 0 ? each : options.firstToken().toNanos(),
                each > 0 ? each : options.interToken().toNanos());
    }

    /** A character is a token here; a prompt may also come as ids. */
    private static String ids(JsonNode prompt) {
        return prompt.isArray()
                ? prompt.toString()
                : Arrays.toString(prompt.asText().chars().toArray());
    }

    FinishReason reason() {
        return stops ? FinishReason.STOP : FinishReason.LENGTH;
    }

    /** From its turn to token {@code number}, the first being 1. */
    long dueNanos(int number) {
        return firstNanos + (number - 1) * nextNanos;
    }

    /** How many tokens are there this long after its turn. */
    int dueTokens(long nanos) {
        if (nanos < firstNanos) {
            return 0;
        }
        return nextNanos == 0 ? tokens : (int) Math.min(tokens, 1 + (nanos - firstNanos) / nextNanos);
    }

    /** What the server answers instead of working: a status and a reason. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;
        final int status;

        Refused(int status, String message) {
            super(message);
            this.status = status;
        }

        String reason() {
            return String.valueOf(getMessage());
        }
    }
}
