package dev.lastcall.worker.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lastcall.worker.job.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;

/** What an engine's reply means that is not a stream of tokens. */
record EngineReplies(Json json, InstantSource clock) {

    private static final int LONGEST_REFUSAL = 64 * 1024;

    /** A reply with another code than 200. */
    Answer refusal(HttpResponse<?> response, InputStream body) {
        String text = "";
        try {
            text = new String(body.readNBytes(LONGEST_REFUSAL), StandardCharsets.UTF_8);
        } catch (IOException e) {
            // The code says enough.
        }
        String header = response.headers().firstValue("retry-after").orElse(null);
        return new Answer.Refused(
                response.statusCode(), EngineWords.of(json, text), EngineWords.retryAfter(header, clock.instant()));
    }

    /** A reply in one piece. */
    Answer whole(InputStream body) throws IOException {
        String text = new String(body.readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (json.read(text) instanceof ObjectNode answer) {
                return isError(answer) ? failure(answer) : new Answer.Complete(answer);
            }
        } catch (JsonProcessingException e) {
            // Said below.
        }
        return new Answer.Broken("the engine's answer is no JSON object: " + EngineWords.of(json, text));
    }

    static boolean isError(JsonNode body) {
        return body.hasNonNull("error") || "error".equals(body.path("object").asText());
    }

    /** An error inside of an answer with status 200; a code that is the request's fault counts as such. */
    static Answer failure(JsonNode body) {
        int code = body.at("/error/code").asInt(body.path("code").asInt(500));
        String words = EngineWords.of(body);
        return code >= 400 && code < 500
                ? new Answer.Refused(code, words, null)
                : new Answer.Broken("the engine failed: " + words);
    }
}
