package dev.lastcall.serving;

import dev.lastcall.drain.RequestCounts;

/**
 * The count of one pod's requests from its engine's readings; immutable, one step per reading. Engines count ends, not
 * arrivals, so arrivals follow from the balance of two readings: what is in flight now, plus what ended, minus what was
 * in flight before. A negative balance is a request that vanished uncounted: vLLM does not count a client that leaves
 * (observed on 0.32), so before a termination signal nobody can say what became of it.
 *
 * @param atNotice in flight at the first reading
 * @param arrived arrivals since
 * @param vanished uncounted departures before the signal
 * @param cut in flight when an engine restarted, or vanished after the signal
 * @param owed departures seen in the last step only: a counter that lags its gauge by one reading makes such a debt,
 *     which the next reading settles as far as it shows ends
 * @param owedAsLost the debt stands in {@code cut}, not in {@code vanished}
 */
public record RequestLedger(
        long atNotice,
        long arrived,
        long finished,
        long aborted,
        long vanished,
        long cut,
        long owed,
        boolean owedAsLost,
        EngineReading last) {

    public static RequestLedger first(EngineReading reading) {
        return new RequestLedger(reading.inFlight(), 0, 0, 0, 0, 0, 0, false, reading);
    }

    /** @param signalled the pod has had its termination signal */
    public RequestLedger next(EngineReading now, boolean signalled) {
        EngineReading before = last;
        long cutNow = cut;
        long owedNow = owed;
        if (now.finished() < before.finished() || now.aborted() < before.aborted()) {
            // The counters began anew: the engine restarted and what it held is lost.
            cutNow += before.inFlight();
            before = new EngineReading(0, 0, 0);
            owedNow = 0;
        }
        long ended = now.finished() - before.finished();
        long gaveUp = now.aborted() - before.aborted();
        long balance = now.inFlight() - before.inFlight() + ended + gaveUp;
        // Only an end can be a late one: an arrival after a departure is an arrival.
        long settled = Math.max(0, Math.min(owedNow, Math.min(balance, ended + gaveUp)));
        long departed = Math.max(0, -balance);
        return new RequestLedger(
                atNotice,
                arrived + Math.max(0, balance - settled),
                finished + ended,
                aborted + gaveUp,
                vanished - (owedAsLost ? 0 : settled) + (signalled ? 0 : departed),
                cutNow - (owedAsLost ? settled : 0) + (signalled ? departed : 0),
                departed,
                signalled,
                now);
    }

    /** The count if the engine went away now. */
    public RequestCounts gone() {
        return counts(last.inFlight());
    }

    /** The count while the engine is still there: what is in flight is neither finished nor lost yet. */
    public RequestCounts running() {
        return counts(0);
    }

    private RequestCounts counts(long left) {
        return new RequestCounts(atNotice, arrived, finished, aborted, cut + left, vanished);
    }
}
