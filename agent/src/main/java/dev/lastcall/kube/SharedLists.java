package dev.lastcall.kube;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;

/**
 * One answer for all who ask for the same list in the same moment: at a notice every serving pod of the node does. A failed
 * request fails for all who waited for it, so that nobody waits for a second time-out, and is not remembered.
 */
final class SharedLists {

    /** Reads one list. */
    @FunctionalInterface
    interface Reader {
        JsonNode read() throws NotRead;
    }

    /** A list that could not be had. */
    static final class NotRead extends Exception {
        private static final long serialVersionUID = 1L;
        private final boolean refused;

        /** @param refused the API server does not allow the question */
        NotRead(String reason, boolean refused) {
            super(reason);
            this.refused = refused;
        }

        boolean refused() {
            return refused;
        }

        String reason() {
            return String.valueOf(getMessage());
        }
    }

    private record Reading(Instant began, CompletableFuture<JsonNode> list) {}

    private final Map<String, Reading> readings = new ConcurrentHashMap<>();
    private final InstantSource clock;
    private final Duration age;

    /** @param age for how long a list is good enough, from the moment in which it was asked for */
    SharedLists(InstantSource clock, Duration age) {
        this.clock = clock;
        this.age = age;
    }

    JsonNode get(String path, Reader reader) throws NotRead {
        Instant now = clock.instant();
        Reading own = new Reading(now, new CompletableFuture<>());
        Reading reading =
                readings.merge(path, own, (known, fresh) -> now.isBefore(known.began.plus(age)) ? known : fresh);
        if (reading == own) {
            readFor(own, path, reader);
        }
        return await(reading);
    }

    private void readFor(Reading own, String path, Reader reader) {
        try {
            own.list.complete(reader.read());
        } catch (NotRead | RuntimeException failed) {
            readings.remove(path, own);
            own.list.completeExceptionally(failed);
        }
    }

    private static JsonNode await(Reading reading) throws NotRead {
        try {
            return reading.list.get();
        } catch (ExecutionException failed) {
            // Made anew: the trace of an exception is that of the thread it is thrown in.
            throw failed.getCause() instanceof NotRead known
                    ? new NotRead(known.reason(), known.refused())
                    : new NotRead(String.valueOf(failed.getCause()), false);
        } catch (CancellationException | InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new NotRead("the agent is stopping", false);
        }
    }
}
