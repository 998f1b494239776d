package dev.lastcall.serving;

import dev.lastcall.drain.RequestCounts;

/**
 * The count of one engine's requests from its readings; immutable, one step per reading. Engines count ends, not
 * arrivals, so arrivals follow from the balance of two readings: what is in flight now, plus what ended, minus what was
 * in flight before. A negative balance is a request that vanished uncounted: vLLM does not count a client that leaves
 * (observed on 0.32), so before a termination signal nobody can say what became of it.
 *
 * <p>Of an engine that counts loosely a surplus of ends over departures is first put down to its ways of counting one
 * request twice, and an end whose gauge has not fallen yet waits for it: neither makes an arrival of nobody.
 *
 * @param atNotice in flight at the first reading
 * @param arrived arrivals since
 * @param uncounted departures before the signal that are no ends: uncounted ones, and clients that left
 * @param lostInFlight in flight when an engine restarted, or vanished after the signal
 * @param uncountedLastStep requests that disappeared from the gauge in the last reading and that no counter has reported yet. An engine's
 *     counter can be one reading late, so the next reading may still correct this number
 * @param uncountedCountsAsLost {@code uncountedLastStep} is counted in {@code lostInFlight}, not in {@code uncounted}
 * @param lent arrivals that only a loose engine's ends speak for: its gauge may fall later, and takes them back
 * @param unsure of these the ones since the gauge last moved: it may not have been refreshed since
 */
public record RequestLedger(
        long atNotice,
        long arrived,
        long finished,
        long aborted,
        long uncounted,
        long lostInFlight,
        long uncountedLastStep,
        boolean uncountedCountsAsLost,
        long lent,
        long unsure,
        EngineReading last) {

    public static RequestLedger first(EngineReading reading) {
        return new RequestLedger(reading.inFlight(), 0, 0, 0, 0, 0, 0, false, 0, 0, reading);
    }

    /** @param signalled the pod has had its termination signal */
    public RequestLedger next(EngineReading reading, boolean signalled) {
        if (!reading.whole() && last.whole()) {
            // A gauge that is no number this once would look like departures, and then like arrivals.
            return this;
        }
        EngineReading now = reading.filledFrom(last);
        EngineReading before = last;
        long cutNow = lostInFlight;
        long owedNow = uncountedLastStep;
        long lentNow = lent;
        if (fell(before.finished(), now.finished())
                || fell(before.aborted(), now.aborted())
                || fell(before.clientsLeft(), now.clientsLeft())) {
            // The counters began anew: the engine restarted and what it held is lost.
            cutNow += before.inFlight();
            before = new EngineReading(0, 0, 0);
            owedNow = 0;
            lentNow = 0;
        }
        long left = step(before.clientsLeft(), now.clientsLeft());
        long gaveUp = step(before.aborted(), now.aborted());
        long ended = step(before.finished(), now.finished());
        long fall = before.inFlight() - now.inFlight();
        long owedDepartures = owedNow + Math.max(0, fall);
        if (now.loose()) {
            // A client that left can stand in both counters; a request of n answers makes n departures and n + 1 ends.
            long surplus = ended + left + gaveUp - owedDepartures;
            ended -= Math.clamp(surplus, 0, Math.min(ended, left + owedDepartures / 2));
        }
        long balance = ended + gaveUp + left - fall;
        // Only an end can be a late one: an arrival after a departure is an arrival.
        long settled = Math.max(0, Math.min(owedNow, Math.min(balance, ended + gaveUp + left)));
        long arrivedNow = Math.max(0, balance - settled);
        long departed = Math.max(0, -balance);
        long takenBack = now.loose() ? Math.min(lentNow, departed) : 0;
        departed -= takenBack;
        long lentThisTime = now.loose() ? Math.min(arrivedNow, ended + left) : 0;
        long unsureBefore = fall == 0 ? unsure : 0;
        return new RequestLedger(
                atNotice,
                arrived + arrivedNow - takenBack,
                finished + ended,
                aborted + gaveUp + (signalled ? left : 0),
                uncounted - (uncountedCountsAsLost ? 0 : settled) + (signalled ? 0 : departed + left),
                cutNow - (uncountedCountsAsLost ? settled : 0) + (signalled ? departed : 0),
                departed,
                signalled,
                now.loose() ? lentNow - takenBack + lentThisTime : 0,
                unsureBefore + lentThisTime,
                now);
    }

    private static boolean fell(long before, long now) {
        return before >= 0 && now >= 0 && now < before;
    }

    /** How much a counter rose; nothing where one of its two values is unknown. */
    private static long step(long before, long now) {
        return before < 0 || now < 0 ? 0 : now - before;
    }

    /** The count if the engine went away now. */
    public RequestCounts gone() {
        return ended(true);
    }

    /** The same where its gauges prove nothing: what they show may long have ended, and nobody can say how. */
    public RequestCounts goneUnproven() {
        return ended(false);
    }

    /** What the gauge shows may be what has ended, where a loose engine counted ends since it last moved: nobody can say. */
    private RequestCounts ended(boolean lost) {
        long doubtful = lost ? Math.min(unsure, last.inFlight()) : last.inFlight();
        return counts(last.inFlight() - doubtful, doubtful);
    }

    /** The count while the engine is still there: what is in flight is neither finished nor lost yet. */
    public RequestCounts running() {
        return counts(0, 0);
    }

    private RequestCounts counts(long lost, long unproven) {
        return new RequestCounts(atNotice, arrived, finished, aborted, lostInFlight + lost, uncounted + unproven);
    }
}
