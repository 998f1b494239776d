package dev.lastcall.support.engine;

import dev.lastcall.support.engine.Sequence.Signal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Who runs, who waits, who is refused; and the counters, changed in the same step so that no reading falls between. */
final class Scheduler {

    enum Admission {
        ACCEPTED,
        /** The queue is full: 503. */
        FULL,
        /** A drain is on: 500. */
        CLOSED,
        /** The engine process is gone: 500. */
        DEAD
    }

    private static final int BLOCK_TOKENS = 16;
    private static final int BLOCKS = 8192;

    private final EngineOptions options;
    private final EngineMetrics metrics;
    private final Set<Sequence> running = new LinkedHashSet<>();
    private final Deque<Sequence> waiting = new ArrayDeque<>();
    private final CompletableFuture<Boolean> drained = new CompletableFuture<>();
    private boolean draining;
    private boolean dead;

    Scheduler(EngineOptions options, EngineMetrics metrics) {
        this.options = options;
        this.metrics = metrics;
    }

    synchronized Admission submit(Sequence sequence) {
        if (dead) {
            return Admission.DEAD;
        }
        if (draining) {
            return Admission.CLOSED;
        }
        if (running.size() < options.maxRunning()) {
            run(sequence);
        } else if (waiting.size() < options.maxWaiting().orElse(Integer.MAX_VALUE)) {
            waiting.add(sequence);
        } else {
            metrics.rejected();
            return Admission.FULL;
        }
        return Admission.ACCEPTED;
    }

    /** It ended by itself, or the engine ended it, and is counted. */
    synchronized void finished(Sequence sequence, FinishReason reason) {
        if (remove(sequence)) {
            metrics.finished(reason, System.nanoTime() - sequence.arrivedNanos, sequence);
        }
    }

    /** Its client left: vLLM doesn't count those. */
    synchronized void left(Sequence sequence) {
        remove(sequence);
    }

    /** Accepts nothing more. Completes when nothing runs or waits: true if that was so from the start. */
    synchronized CompletableFuture<Boolean> drain() {
        draining = true;
        if (running.isEmpty() && waiting.isEmpty()) {
            drained.complete(true);
        }
        return drained;
    }

    /** The engine process is gone, with all its work; what is on its books stays there. */
    synchronized void die(Signal signal) {
        dead = true;
        inFlight().forEach(sequence -> sequence.signal(signal));
    }

    synchronized void tell(Signal signal) {
        inFlight().forEach(sequence -> sequence.signal(signal));
    }

    synchronized int runningCount() {
        return running.size();
    }

    synchronized int waitingCount() {
        return waiting.size();
    }

    synchronized String exposition() {
        long blocks = running.stream()
                .mapToLong(s -> (s.promptTokens + s.generated + BLOCK_TOKENS - 1) / BLOCK_TOKENS)
                .sum();
        long underWay = running.stream().mapToLong(s -> s.generated).sum();
        return metrics.exposition(running.size(), waiting.size(), Math.min(1.0, (double) blocks / BLOCKS), underWay);
    }

    private List<Sequence> inFlight() {
        List<Sequence> all = new ArrayList<>(running);
        all.addAll(waiting);
        return all;
    }

    private void run(Sequence sequence) {
        running.add(sequence);
        sequence.signal(Signal.TURN);
    }

    private boolean remove(Sequence sequence) {
        boolean wasHere = running.remove(sequence) || waiting.remove(sequence);
        while (!dead && running.size() < options.maxRunning() && !waiting.isEmpty()) {
            run(waiting.remove());
        }
        if (draining && running.isEmpty() && waiting.isEmpty()) {
            drained.complete(false);
        }
        return wasHere;
    }
}
