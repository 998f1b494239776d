package dev.lastcall.worker.it;

import dev.lastcall.worker.support.OpenAiEngine;
import dev.lastcall.worker.support.OpenAiEngine.Seen;
import dev.lastcall.worker.support.OpenAiEngine.Trouble;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Kills a worker each time that so much has passed since the last kill, and starts another in its place. The next request after
 * that time chooses who is killed: it is never answered, so that its worker holds a job when it dies. A worker's name is its
 * bearer token.
 */
final class Kills {

    /** What can be killed, of either kind. */
    record Worker(Runnable kill, BooleanSupplier alive) {}

    /**
     * Requests of each worker before one of them may cost its life. On a machine where a start takes longer than some kills,
     * every worker would else be killed before it has done anything, and the jobs would never end.
     */
    private static final int SPARED = 40;

    private final Duration every;
    private final Function<String, Worker> start;
    private final Map<String, Worker> workers = new HashMap<>();
    private final Map<String, Integer> requests = new ConcurrentHashMap<>();
    private final AtomicReference<@Nullable String> victim = new AtomicReference<>();
    private volatile long dueNanos;
    private int started;
    private int kills;

    Kills(OpenAiEngine engine, Duration every, Function<String, Worker> start) {
        this.every = every;
        this.start = start;
        this.dueNanos = System.nanoTime() + every.toNanos();
        engine.troubled(this::chosen);
    }

    /** When a kill is due, the request gets two tokens and then nothing: whoever sent it is killed. */
    private @Nullable Trouble chosen(Seen seen) {
        String sender = String.valueOf(seen.authorization());
        boolean spared = requests.merge(sender, 1, Integer::sum) <= SPARED;
        if (spared || System.nanoTime() - dueNanos < 0 || !victim.compareAndSet(null, sender)) {
            return null;
        }
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
            dueNanos = System.nanoTime() + every.toNanos();
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
