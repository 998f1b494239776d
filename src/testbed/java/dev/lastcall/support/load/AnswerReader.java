package dev.lastcall.support.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Reads the body of a 200 and judges it. An end that comes too early is thrown, for the caller knows its kind. */
final class AnswerReader {

    private static final ObjectMapper JSON = new ObjectMapper();

    private volatile long bytes;
    private @Nullable String finishReason;
    private @Nullable String error;
    private OptionalInt tokens = OptionalInt.empty();

    long bytes() {
        return bytes;
    }

    Outcome stream(InputStream body) throws IOException {
        while (true) {
            String line = line(body);
            if (line.equals("data: [DONE]")) {
                return judge();
            }
            // Parsing each chunk of hundreds of streams would cost more than all the rest of the client.
            if (line.startsWith("data: {") && tellsSomething(line)) {
                note(JSON.readTree(line.substring("data: ".length())));
            }
        }
    }

    Outcome plain(InputStream body) throws IOException {
        byte[] all = body.readAllBytes();
        bytes = all.length;
        if (all.length == 0) {
            throw new EOFException();
        }
        note(JSON.readTree(all));
        return judge();
    }

    private static boolean tellsSomething(String line) {
        return line.contains("\"finish_reason\":\"") || line.contains("\"usage\":{") || line.contains("\"error\":{");
    }

    private void note(JsonNode json) {
        JsonNode reason = json.path("choices").path(0).path("finish_reason");
        if (reason.isTextual()) {
            finishReason = reason.asText();
        }
        if (json.path("usage").has("completion_tokens")) {
            tokens = OptionalInt.of(json.path("usage").path("completion_tokens").asInt());
        }
        if (json.path("error").isObject()) {
            error = json.path("error").path("message").asText();
        }
    }

    private Outcome judge() {
        String reason = finishReason;
        if (error != null) {
            return new Outcome.Errored(error);
        }
        if (reason == null) {
            return new Outcome.Errored("the answer ends without a finish_reason");
        }
        return switch (reason) {
            case "abort" -> new Outcome.Aborted();
            case "stop", "length" ->
                tokens.isPresent()
                        ? new Outcome.Finished(reason, tokens.getAsInt())
                        : new Outcome.Errored("the answer ends without its usage");
            default -> new Outcome.Errored("finish_reason " + reason);
        };
    }

    private String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(256);
        while (true) {
            int b = in.read();
            if (b < 0) {
                throw new EOFException();
            }
            bytes++;
            if (b == '\n') {
                return line.toString(StandardCharsets.UTF_8);
            }
            line.write(b);
        }
    }
}
