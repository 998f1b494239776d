package dev.lastcall.worker.it;

import dev.lastcall.worker.support.OpenAiEngine;
import dev.lastcall.worker.support.OpenAiEngine.Seen;
import dev.lastcall.worker.support.OpenAiEngine.Trouble;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Kills the worker that sent every so many-th request, while it waits for the answer, and starts another in its place. So each
 * kill meets a worker that holds a job, on a machine of any speed. A worker's name is its bearer token.
 */
final class Kills {

    /** What can be killed, of either kind. */
    record Worker(Runnable kill, BooleanSupplier alive) {}

    private final int every;
    private final Function<String, Worker> start;
    private final Map<String, Worker> workers = new HashMap<>();
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicReference<@Nullable String> victim = new AtomicReference<>();
    private int started;
    private int kills;

    Kills(OpenAiEngine engine, int every, Function<String, Worker> start) {
        this.every = every;
        this.start = start;
        engine.troubled(this::chosen);
    }

    /** One in so many requests gets two tokens and then nothing: whoever sent it is killed. */
    private @Nullable Trouble chosen(Seen seen) {
        if (requests.incrementAndGet() < every || !victim.compareAndSet(null, seen.authorization())) {
            return null;
        }
        requests.set(0);
        return new Trouble.SilentAfter(2);
    }

    void add() {
        String name = "worker-" + ++started;
        workers.put("Bearer " + name, start.apply(name));
    }

    /** Kills whoever is due. */
    void step() {
        String name = victim.get();
        if (name == null) {
            return;
        }
        Worker worker = workers.remove(name);
        // It may have ended with Redis, before its turn.
        if (worker != null) {
            worker.kill().run();
            kills++;
            add();
        }
        victim.set(null);
    }

    /** As a supervisor does: another in the place of each that ended by itself. */
    void replaceEnded() {
        int before = workers.size();
        workers.values().removeIf(worker -> !worker.alive().getAsBoolean());
        for (int i = workers.size(); i < before; i++) {
            add();
        }
    }

    boolean allEnded() {
        return victim.get() == null
                && workers.values().stream().noneMatch(worker -> worker.alive().getAsBoolean());
    }

    int kills() {
        return kills;
    }
}
