package dev.lastcall.worker.engine;

import dev.lastcall.worker.job.Job;
import dev.lastcall.worker.job.Json;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The engine behind an address. */
public final class EngineClient {

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    final Json json;
    final InstantSource clock;
    final Abilities abilities;
    final int checkpointTokens;
    final @Nullable Integer priority;
    private final @Nullable String apiKey;
    private final URI engine;

    /**
     * @param checkpointTokens 0: every job is asked for in one piece and starts from zero each time
     * @param say takes what a person should know of this engine, once
     */
    public EngineClient(
            URI engine,
            @Nullable String apiKey,
            int checkpointTokens,
            @Nullable Integer priority,
            Json json,
            InstantSource clock,
            Consumer<String> say) {
        this.engine = engine;
        this.apiKey = apiKey;
        this.checkpointTokens = checkpointTokens;
        this.priority = priority;
        this.json = json;
        this.clock = clock;
        this.abilities = new Abilities(say);
    }

    /** A call that has not begun. @param partial what was stored of earlier attempts, "" = nothing; {@code prompt} likewise */
    public EngineCall call(Job job, String partial, String prompt) {
        return new EngineCall(this, job, Partial.read(json, partial, prompt));
    }

    /** Sends it; the future ends with the head of the reply. */
    CompletableFuture<HttpResponse<InputStream>> send(EngineRequest request) {
        HttpRequest.Builder post = HttpRequest.newBuilder(URI.create(engine + request.path()))
                .header("Content-Type", "application/json")
                .header("Accept", request.streamed() ? "text/event-stream, application/json" : "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json.write(request.body())));
        if (apiKey != null) {
            post.header("Authorization", "Bearer " + apiKey);
        }
        return http.sendAsync(post.build(), HttpResponse.BodyHandlers.ofInputStream());
    }
}
