package dev.lastcall.worker.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lastcall.worker.job.Job;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** One job's request. It runs on one thread; {@link #abort}, {@link #silence} and {@link #secondsLeft} are for others. */
public final class EngineCall {

    private final EngineClient client;
    private final EngineReplies replies;
    private final Job job;
    private @Nullable Partial from;
    private boolean startedOver;

    private volatile boolean aborted;
    private volatile boolean silent;
    private volatile boolean answering;
    private volatile @Nullable CompletableFuture<?> pending;
    private volatile @Nullable InputStream reading;
    private volatile long lastByteNanos = System.nanoTime();
    private volatile double secondsPerToken = Double.NaN;
    private volatile int tokensLeft = -1;

    private @Nullable StreamedAnswer streamed;
    private int stored;

    EngineCall(EngineClient client, Job job, @Nullable Partial from) {
        this.client = client;
        this.replies = new EngineReplies(client.json, client.clock);
        this.job = job;
        this.from = from;
    }

    /** Asks, and waits for the end. An engine that does not know what was added to the request is asked again without. */
    public Answer run(Progress progress) {
        if (!streams()) {
            from = null;
        }
        while (true) {
            EngineRequest request = request();
            Integer limit = EngineRequest.limit(job);
            Partial resumed = request.resumed();
            if (resumed != null && limit != null && resumed.ids().size() >= limit) {
                return complete(resumed);
            }
            Answer answer = once(request, progress);
            if (!(answer instanceof Answer.Refused refused) || !refused.blamesTheRequest()) {
                return answer;
            }
            if (request.resumed() != null) {
                // Another engine, or a shorter context: the job itself may well be answerable.
                from = null;
                startedOver = true;
                continue;
            }
            if (mentions(refused, request, "return_token_ids") || mentions(refused, request, "stream_options")) {
                client.abilities.lacksTokenIds(refused.words());
            } else if (mentions(refused, request, "priority")) {
                client.abilities.lacksPriority(refused.words());
            } else {
                return answer;
            }
        }
    }

    /** Ends the request from another thread; {@link #run} then returns {@link Answer.Aborted}. */
    public void abort() {
        aborted = true;
        cut();
    }

    /** Ends the request as one of an engine that says nothing. */
    public void fallenSilent() {
        silent = true;
        cut();
    }

    /** How long nothing has come. */
    public Duration silence() {
        return Duration.ofNanos(System.nanoTime() - lastByteNanos);
    }

    /** By the rate so far, if the answer gets as long as it may; NaN where nobody can tell. */
    public double secondsLeft() {
        return tokensLeft < 0 ? Double.NaN : tokensLeft * secondsPerToken;
    }

    /** Tokens taken over from earlier attempts. */
    public int resumedTokens() {
        Partial partial = from;
        return partial == null ? 0 : partial.ids().size();
    }

    /** Whether what was stored is of no use to this engine. */
    public boolean startedOver() {
        return startedOver;
    }

    /** Tokens of this attempt that the next one has to generate again, once {@link #partial} is stored. */
    public int unkeptTokens() {
        StreamedAnswer answer = streamed;
        if (answer == null) {
            return 0;
        }
        return answer.keepable() == 0 ? answer.arrived() : answer.generated() - answer.keepable();
    }

    /** What to store for the next attempt; "" where there is nothing new. */
    public String partial() {
        StreamedAnswer answer = streamed;
        return answer == null || answer.keepable() <= stored ? "" : answer.partial();
    }

    /** The prompt's ids that belong to {@link #partial}. */
    public String prompt() {
        StreamedAnswer answer = streamed;
        return answer == null || answer.keepable() == 0 ? "" : answer.prompt();
    }

    private boolean streams() {
        return client.checkpointTokens > 0 && client.abilities.tokenIds() && Resumable.resumable(job);
    }

    private EngineRequest request() {
        Integer priority = client.abilities.priority() ? client.priority : null;
        if (!streams()) {
            return EngineRequest.whole(job, priority);
        }
        Partial partial = from;
        return partial == null
                ? EngineRequest.stream(job, priority)
                : EngineRequest.continuation(job, partial, priority);
    }

    private static boolean mentions(Answer.Refused refused, EngineRequest request, String field) {
        return request.extras().contains(field) && refused.words().contains(field);
    }

    private void cut() {
        CompletableFuture<?> call = pending;
        if (call != null) {
            call.cancel(true);
        }
        InputStream stream = reading;
        if (stream != null) {
            try {
                stream.close();
            } catch (IOException e) {
                // It is closed either way.
            }
        }
    }

    private Answer once(EngineRequest request, Progress progress) {
        StreamedAnswer answer = null;
        streamed = null;
        stored = 0;
        answering = false;
        lastByteNanos = System.nanoTime();
        try {
            CompletableFuture<HttpResponse<InputStream>> call = client.send(request);
            pending = call;
            if (aborted || silent) {
                call.cancel(true);
            }
            HttpResponse<InputStream> response = call.get();
            answering = true;
            lastByteNanos = System.nanoTime();
            try (InputStream body = response.body()) {
                reading = body;
                if (aborted || silent) {
                    return stopped(request);
                }
                if (response.statusCode() != 200) {
                    Answer refusal = replies.refusal(response, body);
                    return aborted ? new Answer.Aborted() : refusal;
                }
                boolean events = response.headers()
                        .firstValue("content-type")
                        .orElse("")
                        .toLowerCase(Locale.ROOT)
                        .startsWith("text/event-stream");
                if (!request.streamed() || !events) {
                    return replies.whole(body);
                }
                answer = new StreamedAnswer(client.json, !job.endpoint().equals("/v1/completions"), request.resumed());
                streamed = answer;
                stored = request.resumed() == null ? 0 : request.resumed().ids().size();
                Answer end = read(body, answer, progress);
                return (aborted || silent) && !(end instanceof Answer.Complete) ? stopped(request) : end;
            }
        } catch (CancellationException e) {
            return stopped(request);
        } catch (ExecutionException e) {
            return aborted || silent ? stopped(request) : new Answer.Unanswered(EngineWords.of(e.getCause()));
        } catch (IOException e) {
            return aborted || silent
                    ? stopped(request)
                    : new Answer.Broken("the connection broke: " + EngineWords.of(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer.Aborted();
        } finally {
            pending = null;
            reading = null;
        }
    }

    private Answer stopped(EngineRequest request) {
        if (aborted) {
            return new Answer.Aborted();
        }
        String why = "nothing came for " + silence().toSeconds() + " s (ENGINE_SILENCE_SECONDS)";
        // In one piece an engine says nothing until it is done: it has taken the request, and did not end it.
        return answering || !request.streamed() ? new Answer.Broken(why) : new Answer.Unanswered(why);
    }

    private Answer read(InputStream body, StreamedAnswer answer, Progress progress) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
        long began = 0;
        Integer limit = EngineRequest.limit(job);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            lastByteNanos = System.nanoTime();
            if (!line.startsWith("data:")) {
                continue;
            }
            String data = line.substring(5).strip();
            if (data.equals("[DONE]")) {
                break;
            }
            JsonNode chunk;
            try {
                chunk = client.json.read(data);
            } catch (JsonProcessingException e) {
                return new Answer.Broken("a chunk is no JSON: " + e.getOriginalMessage());
            }
            if (EngineReplies.isError(chunk)) {
                return EngineReplies.failure(chunk);
            }
            int before = answer.arrived();
            answer.accept(chunk);
            int came = answer.arrived() - before;
            if (came > 0) {
                progress.generated(came);
                began = began == 0 ? lastByteNanos : began;
                if (answer.arrived() > came) {
                    secondsPerToken = (lastByteNanos - began) / 1e9 / (answer.arrived() - 1);
                }
                tokensLeft = limit == null ? -1 : Math.max(0, limit - answer.generated());
            }
            if (answer.lacksIds()) {
                client.abilities.lacksTokenIds("its chunks have text and no token_ids");
            }
            if (answer.finishReason() == null && answer.keepable() - stored >= client.checkpointTokens) {
                String prompt = stored == 0 ? answer.prompt() : "";
                String partial = answer.partial();
                stored = answer.keepable();
                progress.checkpoint(partial, prompt);
                if (aborted) {
                    return new Answer.Aborted();
                }
            }
        }
        String end = answer.finishReason();
        if (end == null || end.equals("abort") || end.equals("error")) {
            return new Answer.Broken(
                    "the stream ended " + (end == null ? "before the answer did" : "with \"" + end + "\""));
        }
        return new Answer.Complete(answer.body(job.id()));
    }

    private Answer complete(Partial partial) {
        StreamedAnswer answer = new StreamedAnswer(client.json, !job.endpoint().equals("/v1/completions"), partial);
        ObjectNode head = client.json.object();
        head.put("created", client.clock.instant().getEpochSecond());
        head.set("model", job.request().get("model"));
        answer.reachedLimit(head);
        return new Answer.Complete(answer.body(job.id()));
    }
}
