package dev.lastcall.worker.support;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.lastcall.worker.job.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An engine that speaks OpenAI as vLLM does. Its next token is a function of all that came before it, so that an answer put
 * together from several attempts can be compared with one that was never cut.
 */
public final class OpenAiEngine implements AutoCloseable {

    /** What to do with a request instead of answering it. */
    public interface Trouble {
        /** @param headers pairs */
        record Refuse(int code, String body, String... headers) implements Trouble {}

        /** Takes the request and closes the connection without a byte. */
        record Vanish() implements Trouble {}

        /** Closes the connection after so many tokens. */
        record CutAfter(int tokens) implements Trouble {}

        /** After so many tokens sends what a killed vLLM sends: an error, then [DONE]. */
        record FailAfter(int tokens) implements Trouble {}

        /** After so many tokens nothing, until the engine is closed. */
        record SilentAfter(int tokens) implements Trouble {}
    }

    /** A request as it came. */
    public record Seen(String path, JsonNode body, @Nullable String authorization) {}

    private final HttpServer server;
    private final Json json = new Json();
    private final Queue<Seen> requests = new ConcurrentLinkedQueue<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile Function<Seen, @Nullable Trouble> troubles = seen -> null;
    private volatile long millisPerToken;
    private volatile boolean tokenIds = true;

    private OpenAiEngine(HttpServer server) {
        this.server = server;
    }

    public static OpenAiEngine start() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 256);
            OpenAiEngine engine = new OpenAiEngine(server);
            server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            server.createContext("/", engine::handle);
            server.start();
            return engine;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param troubles null: answer it */
    public OpenAiEngine troubled(Function<Seen, @Nullable Trouble> troubles) {
        this.troubles = troubles;
        return this;
    }

    public OpenAiEngine slowed(long millisPerToken) {
        this.millisPerToken = millisPerToken;
        return this;
    }

    /** As an engine that does not know {@code return_token_ids} and overlooks it. */
    public OpenAiEngine withoutTokenIds() {
        tokenIds = false;
        return this;
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    public List<Seen> requests() {
        return List.copyOf(requests);
    }

    /** The text of an answer that was never cut. */
    public static String text(String prompt, int tokens) {
        List<Integer> ids = ids(prompt);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < tokens; i++) {
            int next = next(ids);
            ids.add(next);
            text.append(word(next));
        }
        return text.toString();
    }

    /** The ids of the prompt and of an answer that was never cut. */
    public static List<Integer> sequence(String prompt, int tokens) {
        List<Integer> ids = ids(prompt);
        for (int i = 0; i < tokens; i++) {
            ids.add(next(ids));
        }
        return ids;
    }

    public static List<Integer> ids(String prompt) {
        List<Integer> ids = new ArrayList<>();
        prompt.chars().forEach(ids::add);
        return ids;
    }

    private static int next(List<Integer> ids) {
        return Math.floorMod(ids.hashCode() * 31 + 7, 30_000);
    }

    /** Every seventh token ends within a character: its text is empty, the next one's has the whole of it. */
    private static String word(int id) {
        return id % 7 == 0 ? "" : " " + id + (id % 5 == 0 ? "ö" : "");
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            JsonNode body = json.read(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            Seen seen = new Seen(
                    exchange.getRequestURI().getPath(),
                    body,
                    exchange.getRequestHeaders().getFirst("Authorization"));
            requests.add(seen);
            Trouble trouble = troubles.apply(seen);
            if (trouble instanceof Trouble.Refuse refuse) {
                for (int i = 0; i < refuse.headers().length; i += 2) {
                    exchange.getResponseHeaders().add(refuse.headers()[i], refuse.headers()[i + 1]);
                }
                send(exchange, refuse.code(), refuse.body());
            } else if (!(trouble instanceof Trouble.Vanish)) {
                generate(exchange, seen, trouble);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void generate(HttpExchange exchange, Seen seen, @Nullable Trouble trouble)
            throws IOException, InterruptedException {
        JsonNode body = seen.body();
        boolean chat = seen.path().endsWith("/chat/completions");
        List<Integer> ids = prompt(body);
        int promptSize = ids.size();
        int wanted =
                body.path("max_tokens").asInt(body.path("max_completion_tokens").asInt(16));
        boolean streamed = body.path("stream").asBoolean();
        boolean withIds = tokenIds && body.path("return_token_ids").asBoolean();
        if (streamed) {
            exchange.getResponseHeaders().add("Content-Type", "text/event-stream; charset=utf-8");
            exchange.sendResponseHeaders(200, 0);
        }
        OutputStream out = exchange.getResponseBody();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < wanted; i++) {
            if (trouble != null && stops(trouble, i, out)) {
                return;
            }
            if (millisPerToken > 0 && closed.await(millisPerToken, java.util.concurrent.TimeUnit.MILLISECONDS)) {
                return;
            }
            int next = next(ids);
            ids.add(next);
            text.append(word(next));
            if (streamed) {
                ObjectNode chunk = head(chat, true, body);
                ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
                if (chat) {
                    choice.putObject("delta").put("content", word(next));
                } else {
                    choice.put("text", word(next));
                }
                if (withIds) {
                    choice.putArray("token_ids").add(next);
                    if (i == 0) {
                        ArrayNode prompt = (chat ? chunk : choice).putArray("prompt_token_ids");
                        ids.subList(0, promptSize).forEach(prompt::add);
                    }
                }
                choice.put("finish_reason", i == wanted - 1 ? "length" : null);
                event(out, json.write(chunk));
            }
        }
        ObjectNode last = head(chat, streamed, body);
        last.putObject("usage")
                .put("prompt_tokens", promptSize)
                .put("completion_tokens", wanted)
                .put("total_tokens", promptSize + wanted);
        if (streamed) {
            last.putArray("choices");
            event(out, json.write(last));
            event(out, "[DONE]");
            return;
        }
        ObjectNode choice = last.putArray("choices").addObject().put("index", 0).put("finish_reason", "length");
        if (chat) {
            choice.putObject("message").put("role", "assistant").put("content", text.toString());
        } else {
            choice.put("text", text.toString());
        }
        send(exchange, 200, json.write(last));
    }

    private boolean stops(Trouble trouble, int done, OutputStream out) throws IOException, InterruptedException {
        switch (trouble) {
            case Trouble.CutAfter cut
            when cut.tokens() == done -> {
                return true;
            }
            case Trouble.FailAfter fail
            when fail.tokens() == done -> {
                event(out, "{\"error\":{\"message\":\"EngineCore encountered an issue\",\"code\":500}}");
                event(out, "[DONE]");
                return true;
            }
            case Trouble.SilentAfter silent
            when silent.tokens() == done -> {
                closed.await();
                return true;
            }
            default -> {
                return false;
            }
        }
    }

    private static List<Integer> prompt(JsonNode body) {
        JsonNode prompt = body.path("prompt");
        if (prompt.isArray()) {
            List<Integer> ids = new ArrayList<>();
            prompt.forEach(id -> ids.add(id.intValue()));
            return ids;
        }
        if (prompt.isTextual()) {
            return ids(prompt.textValue());
        }
        StringBuilder all = new StringBuilder();
        body.path("messages")
                .forEach(message -> all.append(message.path("content").asText()));
        return ids(all.toString());
    }

    private ObjectNode head(boolean chat, boolean streamed, JsonNode body) {
        ObjectNode head = json.object();
        head.put("id", "cmpl-test");
        head.put("object", chat ? "chat.completion" + (streamed ? ".chunk" : "") : "text_completion");
        head.put("created", 1_700_000_000);
        head.put("model", body.path("model").asText("tiny"));
        return head;
    }

    private static void event(OutputStream out, String data) throws IOException {
        out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private static void send(HttpExchange exchange, int code, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(code, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            exchange.getResponseBody().write(bytes);
        }
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
    }
}
