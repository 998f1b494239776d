package dev.lastcall.support.engine;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import org.jspecify.annotations.Nullable;

/** Writes responses in the shapes vLLM's OpenAI server gives them, each call one write to the socket. */
final class Answers {

    private final OutputStream out;
    private final String servedBy;
    private final String model;

    Answers(OutputStream out, String servedBy, String model) {
        this.out = out;
        this.servedBy = servedBy;
        this.model = model;
    }

    void json(int status, String body, boolean close) throws IOException {
        whole(status, "application/json", body, close);
    }

    void whole(int status, String type, String body, boolean close) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        write(head(status, close) + "content-type: " + type + "\r\ncontent-length: " + bytes.length + "\r\n\r\n"
                + body);
    }

    void error(int status, String message, boolean close) throws IOException {
        json(status, errorObject(status, message), close);
    }

    void streamHead(boolean close) throws IOException {
        write(head(200, close)
                + "content-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n");
    }

    void event(String data) throws IOException {
        String event = "data: " + data + "\n\n";
        int length = event.getBytes(StandardCharsets.UTF_8).length;
        write(Integer.toHexString(length) + "\r\n" + event + "\r\n");
    }

    void streamEnd() throws IOException {
        event("[DONE]");
        write("0\r\n\r\n");
    }

    String chunk(String id, int tokens, @Nullable FinishReason reason) {
        return opening(id) + "\"choices\":[" + choice("x".repeat(tokens), "", reason) + "]}";
    }

    /** A chunk that names its tokens; the first one names the prompt's, too ({@code promptIds}: a JSON array). */
    String chunkWithIds(String id, int tokens, @Nullable String promptIds, @Nullable FinishReason reason) {
        String ids = ",\"token_ids\":" + Collections.nCopies(tokens, (int) 'x')
                + (promptIds == null ? "" : ",\"prompt_token_ids\":" + promptIds);
        return opening(id) + "\"choices\":[" + choice("x".repeat(tokens), ids, reason) + "]}";
    }

    String usageChunk(String id, Sequence sequence) {
        return opening(id) + "\"choices\":[]," + usage(sequence) + "}";
    }

    String completion(String id, Sequence sequence, FinishReason reason) {
        return opening(id) + "\"choices\":[" + choice("x".repeat(sequence.generated), "", reason) + "],"
                + usage(sequence) + "}";
    }

    static String errorObject(int status, String message) {
        String type = status >= 500 ? "InternalServerError" : "BadRequestError";
        return "{\"error\":{\"message\":\"%s\",\"type\":\"%s\",\"param\":null,\"code\":%d}}"
                .formatted(message, type, status);
    }

    private String opening(String id) {
        return "{\"id\":\"" + id + "\",\"object\":\"text_completion\",\"model\":\"" + model + "\",";
    }

    private static String choice(String text, String ids, @Nullable FinishReason reason) {
        String quoted = reason == null ? "null" : "\"" + reason.label() + "\"";
        return "{\"index\":0,\"text\":\"" + text + "\",\"logprobs\":null,\"finish_reason\":" + quoted + ids + "}";
    }

    private static String usage(Sequence sequence) {
        return "\"usage\":{\"prompt_tokens\":%d,\"total_tokens\":%d,\"completion_tokens\":%d}"
                .formatted(sequence.promptTokens, sequence.promptTokens + sequence.generated, sequence.generated);
    }

    private String head(int status, boolean close) {
        String phrase = switch (status) {
            case 200 -> "OK";
            case 400 -> "Bad Request";
            case 404 -> "Not Found";
            case 503 -> "Service Unavailable";
            default -> "Internal Server Error";
        };
        return "HTTP/1.1 " + status + " " + phrase + "\r\nserver: uvicorn\r\n"
                + (servedBy.isEmpty() ? "" : "x-served-by: " + servedBy + "\r\n")
                + (close ? "connection: close\r\n" : "");
    }

    private synchronized void write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
