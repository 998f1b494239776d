package dev.lastcall.bench.requests;

import dev.lastcall.bench.requests.SimRequest.Outcome;
import dev.lastcall.serving.EngineReading;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The engine of one pod, with its own counters. Every method is told what time it is. */
final class SimEngine {
    /** SGLang refreshes its gauges once in several batches. */
    private static final Duration REFRESH = Duration.ofSeconds(1);

    private final EngineModel model;
    private final String pod;
    private final List<SimRequest> running = new ArrayList<>();
    private long finished;
    private long aborted;
    private @Nullable Instant signalled;
    private boolean dead;
    private long gauge;
    private @Nullable Instant refreshed;

    SimEngine(EngineModel model, String pod) {
        this.model = model;
        this.pod = pod;
    }

    /** @return whether it took the request */
    synchronized boolean admit(SimRequest request) {
        if (dead || signalled != null) {
            return false;
        }
        request.taken(pod);
        running.add(request);
        return true;
    }

    /** Its metrics page; empty when nobody listens any more. */
    synchronized Optional<EngineReading> reading(Instant now) {
        if (dead) {
            return Optional.empty();
        }
        pass(now);
        if (!model.loose()) {
            return Optional.of(new EngineReading(running.size(), finished, aborted));
        }
        if (refreshed == null || !now.isBefore(refreshed.plus(REFRESH))) {
            gauge = running.size();
            refreshed = now;
        }
        return Optional.of(new EngineReading(gauge, finished, aborted, 0, EngineReading.UNREADABLE, true, true));
    }

    /** SIGTERM. @return when the process ends by itself */
    synchronized Instant signal(Instant now) {
        pass(now);
        signalled = now;
        Instant limit = now.plus(model.drains());
        if (model.drains().isZero()) {
            aborted += running.size();
            loseAll();
        }
        Instant last =
                running.stream().map(SimRequest::end).max(Instant::compareTo).orElse(now);
        return (last.isBefore(limit) ? last : limit).plus(model.exits());
    }

    /** The process ends, by itself, by SIGKILL, or with its machine. */
    synchronized void end(Instant now) {
        pass(now);
        loseAll();
        dead = true;
    }

    /** It lives and has not been told to go. */
    synchronized boolean serves() {
        return !dead && signalled == null;
    }

    private void pass(Instant now) {
        if (dead) {
            return;
        }
        Instant limit = signalled == null ? Instant.MAX : signalled.plus(model.drains());
        for (SimRequest request : List.copyOf(running)) {
            if (!request.end().isAfter(now) && !request.end().isAfter(limit)) {
                running.remove(request);
                request.ends(Outcome.FINISHED);
                finished++;
            }
        }
        if (now.isAfter(limit)) {
            aborted += running.size();
            loseAll();
        }
    }

    private void loseAll() {
        running.forEach(request -> request.ends(Outcome.LOST));
        running.clear();
    }
}
