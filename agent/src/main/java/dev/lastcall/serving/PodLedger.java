package dev.lastcall.serving;

import static dev.lastcall.serving.EngineReading.UNREADABLE;

import dev.lastcall.drain.DrainRecord.Baseline;
import dev.lastcall.drain.RequestCounts;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The count of one pod's requests over all its engines; immutable. Each engine has a ledger of its own, since each can
 * restart by itself.
 *
 * @param before what was counted before this agent's first reading, from the Node's annotation; null without a restart
 * @param taken in flight at the first readings, where {@code before} has counted them already
 */
record PodLedger(@Nullable RequestLedger before, long taken, Map<Integer, Track> engines) {
    static final PodLedger EMPTY = new PodLedger(null, 0, Map.of());

    /** An engine's ledger, and whether anything in it ever moved. */
    record Track(RequestLedger ledger, EngineReading first, int readings, boolean moved) {
        /** Fewer readings without a movement may be one long prompt. */
        private static final int ENOUGH = 20;

        static Track of(EngineReading first) {
            return new Track(RequestLedger.first(first), first, 1, false);
        }

        Track next(EngineReading now, boolean signalled) {
            // After the signal an engine may well stand still: what was seen before it decides.
            return new Track(
                    ledger.next(now, signalled),
                    first,
                    signalled ? readings : readings + 1,
                    moved || (!signalled && now.movedSince(first)));
        }

        /** It claims requests, and in all the time of a hold not one token was made for them. */
        boolean standsStill() {
            return !moved && readings >= ENOUGH && first.progress() >= 0 && first.inFlight() > 0;
        }
    }

    /** Goes on from what stood in the Node's annotation. */
    static PodLedger resumed(Baseline baseline) {
        EngineReading then = new EngineReading(
                baseline.inFlight(), baseline.finished(), baseline.aborted(), UNREADABLE, UNREADABLE, true, false);
        return new PodLedger(RequestLedger.first(then), 0, Map.of());
    }

    /** @param readings by port; an engine that did not answer this time is not in it and keeps its last reading */
    PodLedger next(Map<Integer, EngineReading> readings, boolean signalled) {
        Optional<EngineReading> sum = readings.values().stream().reduce(EngineReading::plus);
        if (sum.isEmpty()) {
            return this;
        }
        Map<Integer, Track> stepped = new TreeMap<>(engines);
        readings.forEach((port, reading) ->
                stepped.merge(port, Track.of(reading), (known, _) -> known.next(reading, signalled)));
        RequestLedger carried = before;
        return carried != null && engines.isEmpty()
                ? new PodLedger(carried.next(sum.get(), signalled), sum.get().inFlight(), Map.copyOf(stepped))
                : new PodLedger(carried, taken, Map.copyOf(stepped));
    }

    /** Whether anything is known at all. */
    boolean read() {
        return before != null || !engines.isEmpty();
    }

    long inFlight() {
        RequestLedger carried = before;
        return engines.isEmpty()
                ? carried == null ? 0 : carried.last().inFlight()
                : engines.values().stream()
                        .mapToLong(track -> track.ledger().last().inFlight())
                        .sum();
    }

    /** The counters of all engines at their last readings, as the Node's annotation keeps them. */
    Baseline baseline() {
        EngineReading sum = engines.values().stream()
                .map(track -> track.ledger().last())
                .reduce(new EngineReading(0, 0, 0), EngineReading::plus);
        return new Baseline(sum.inFlight(), Math.max(0, sum.finished()), Math.max(0, sum.aborted()));
    }

    /** The count if the pod went away now. */
    RequestCounts gone() {
        return counts(
                RequestLedger::gone, (ledger, track) -> track.standsStill() ? ledger.goneUnproven() : ledger.gone());
    }

    /** The count while it is still there. */
    RequestCounts running() {
        return counts(RequestLedger::running, (ledger, _) -> ledger.running());
    }

    private RequestCounts counts(
            java.util.function.Function<RequestLedger, RequestCounts> alone,
            BiFunction<RequestLedger, Track, RequestCounts> each) {
        RequestLedger carried = before;
        if (engines.isEmpty()) {
            return carried == null ? RequestCounts.NONE : alone.apply(carried);
        }
        RequestCounts sum = engines.values().stream()
                .map(track -> each.apply(track.ledger(), track))
                .reduce(RequestCounts.NONE, RequestCounts::plus);
        return carried == null ? sum : sum.plus(carried.running()).plus(new RequestCounts(-taken, 0, 0, 0, 0, 0));
    }
}
