package dev.lastcall.support.browser;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** One page in the browser. */
public final class Tab implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long ANSWER_SECONDS = 120;

    private final Map<Integer, CompletableFuture<JsonNode>> asked = new ConcurrentHashMap<>();
    private final List<String> messages = new CopyOnWriteArrayList<>();
    private final AtomicInteger ids = new AtomicInteger();
    private final WebSocket socket;

    private Tab(HttpClient http, URI uri) {
        this.socket = http.newWebSocketBuilder().buildAsync(uri, new Incoming()).join();
    }

    static Tab connect(HttpClient http, URI uri) {
        Tab tab = new Tab(http, uri);
        for (String domain : List.of("Page", "Runtime", "Log")) {
            tab.send(domain + ".enable", Map.of());
        }
        return tab;
    }

    /** Goes there and waits until everything is loaded. */
    public void open(URI uri) {
        send("Page.navigate", Map.of("url", uri.toString()));
        await("the page is loaded")
                .atMost(Duration.ofSeconds(ANSWER_SECONDS))
                .until(() -> evaluate("document.readyState + ' ' + location.href")
                        .asText()
                        .equals("complete " + uri));
    }

    /** The value of an expression in the page; a promise is waited for. */
    public JsonNode evaluate(String expression) {
        JsonNode answer =
                send("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
        if (answer.has("exceptionDetails")) {
            throw new IllegalStateException(answer.path("exceptionDetails").toString());
        }
        return answer.path("result").path("value");
    }

    public String text(String selector) {
        return evaluate("document.querySelector('" + selector + "')?.textContent ?? ''")
                .asText();
    }

    /** In CSS pixels. */
    public void size(int width, int height) {
        send(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
    }

    /** @param scheme {@code light} or {@code dark} */
    public void prefers(String scheme) {
        send(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    /** From the next page on. */
    public void withoutJavaScript() {
        send("Emulation.setScriptExecutionDisabled", Map.of("value", true));
    }

    /** What the console has shown: messages of any level, uncaught errors, refusals of the policy. */
    public List<String> messages() {
        return List.copyOf(messages);
    }

    /** What fits into the window, as WebP: a tenth of the size of a PNG. */
    public byte[] screenshot() {
        return Base64.getDecoder()
                .decode(send("Page.captureScreenshot", Map.of("format", "webp", "quality", 50))
                        .path("data")
                        .asText());
    }

    private JsonNode send(String method, Map<String, ?> parameters) {
        int id = ids.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        asked.put(id, answer);
        ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
        message.set("params", JSON.valueToTree(parameters));
        try {
            socket.sendText(message.toString(), true).join();
            JsonNode whole = answer.get(ANSWER_SECONDS, TimeUnit.SECONDS);
            if (whole.has("error")) {
                throw new IllegalStateException(method + ": " + whole.path("error"));
            }
            return whole.path("result");
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(stopped);
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException failed) {
            throw new IllegalStateException(method + " got no answer", failed);
        }
    }

    @Override
    public void close() {
        socket.abort();
    }

    private final class Incoming implements WebSocket.Listener {
        private final StringBuilder part = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            part.append(data);
            if (last) {
                String whole = part.toString();
                part.setLength(0);
                take(whole);
            }
            from.request(1);
            return CompletableFuture.completedFuture(null);
        }

        private void take(String text) {
            JsonNode message;
            try {
                message = JSON.readTree(text);
            } catch (JsonProcessingException broken) {
                messages.add("not JSON: " + text);
                return;
            }
            CompletableFuture<JsonNode> answer = asked.remove(message.path("id").asInt());
            if (answer != null) {
                answer.complete(message);
            } else if (List.of("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
                    .contains(message.path("method").asText())) {
                messages.add(message.path("params").toString());
            }
        }
    }
}
