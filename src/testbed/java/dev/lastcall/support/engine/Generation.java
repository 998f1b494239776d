package dev.lastcall.support.engine;

import dev.lastcall.support.engine.Sequence.Signal;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** One completion from its admission to its last byte, or to the silence in its place. */
final class Generation {

    private static final String DEAD = "EngineCore encountered an issue. See stack trace (above) for the root cause.";

    private final String id;
    private final CompletionRequest request;
    private final Sequence sequence;
    private final Scheduler scheduler;
    private final Answers answers;
    private final long flushNanos;
    private final boolean close;

    Generation(
            String id,
            CompletionRequest request,
            Sequence sequence,
            Scheduler scheduler,
            Answers answers,
            long flushNanos,
            boolean close) {
        this.id = id;
        this.request = request;
        this.sequence = sequence;
        this.scheduler = scheduler;
        this.answers = answers;
        this.flushNanos = flushNanos;
        this.close = close;
    }

    /** Returns when nothing more will be written; the caller closes the connection if it asked for that. */
    void run() throws IOException, InterruptedException {
        try {
            if (request.stream()) {
                answers.streamHead(close);
            }
            Signal signal = sequence.await();
            if (signal == Signal.TURN) {
                signal = generate();
            }
            while (signal == Signal.SILENCE || signal == Signal.TURN) {
                signal = sequence.await();
            }
            end(signal);
        } catch (IOException e) {
            scheduler.left(sequence);
            throw e;
        }
    }

    /** Null when all tokens are out and counted, else what came between. */
    private @Nullable Signal generate() throws IOException, InterruptedException {
        long began = System.nanoTime();
        long lastFlush = 0;
        while (sequence.generated < request.tokens()) {
            long due = Math.min(
                    Math.max(request.dueNanos(sequence.generated + 1), lastFlush + flushNanos),
                    Math.max(request.dueNanos(request.tokens()), 0));
            Signal signal = sequence.pause(due - (System.nanoTime() - began));
            if (signal != null) {
                return signal;
            }
            lastFlush = System.nanoTime() - began;
            boolean first = sequence.generated == 0;
            int fresh = request.dueTokens(lastFlush) - sequence.generated;
            sequence.generated += fresh;
            boolean last = sequence.generated == request.tokens();
            if (last) {
                // Counted before the client can know: a reading that follows the last byte has it.
                scheduler.finished(sequence, request.reason());
            }
            if (request.stream() && fresh > 0) {
                answers.event(chunk(fresh, first, last ? request.reason() : null));
            }
        }
        return null;
    }

    private String chunk(int tokens, boolean first, @Nullable FinishReason reason) {
        String promptIds = request.promptIds();
        return promptIds == null
                ? answers.chunk(id, tokens, reason)
                : answers.chunkWithIds(id, tokens, first ? promptIds : null, reason);
    }

    private void end(@Nullable Signal signal) throws IOException {
        if (signal == null) {
            complete(request.reason());
        } else if (signal == Signal.ABORT) {
            scheduler.finished(sequence, FinishReason.ABORT);
            if (request.stream()) {
                answers.event(answers.chunk(id, 0, FinishReason.ABORT));
            }
            complete(FinishReason.ABORT);
        } else if (signal == Signal.ENGINE_DEAD) {
            if (request.stream()) {
                answers.event(Answers.errorObject(500, DEAD));
                answers.streamEnd();
            } else {
                answers.error(500, DEAD, close);
            }
        } else {
            scheduler.left(sequence);
        }
    }

    private void complete(FinishReason reason) throws IOException {
        if (!request.stream()) {
            answers.json(200, answers.completion(id, sequence, reason), close);
            return;
        }
        if (request.includeUsage()) {
            answers.event(answers.usageChunk(id, sequence));
        }
        answers.streamEnd();
    }
}
