package dev.lastcall.serving;

/**
 * One reading of one engine's own counters, summed over its models and data-parallel ranks. A counter that could not be
 * read, because the page lacks it or its number is none, is {@link #UNREADABLE}; it costs only what it would have shown.
 *
 * @param inFlight everything the engine still owes an answer or another engine: running, waiting, in a hand-over queue
 * @param finished requests that ended by themselves (stop, length) since the engine started
 * @param aborted requests that the engine gave up since it started
 * @param clientsLeft requests whose clients left, where the engine counts them (SGLang)
 * @param progress a counter that moves while any request does (tokens, batches)
 * @param whole false where a gauge was no number: what is in flight may be more, and nothing in flight proves nothing
 * @param loose the counts of ends are upper bounds and the gauges lag behind them: SGLang counts a request of n answers
 *     n + 1 times (sglang issue 6140) and refreshes its gauges once in several batches
 */
public record EngineReading(
        long inFlight, long finished, long aborted, long clientsLeft, long progress, boolean whole, boolean loose) {
    public static final long UNREADABLE = -1;

    /** Of an engine that counts exactly and has no counters beyond these. */
    public EngineReading(long inFlight, long finished, long aborted) {
        this(inFlight, finished, aborted, 0, UNREADABLE, true, false);
    }

    /** This reading, with what it lacks taken from an earlier one. */
    EngineReading filledFrom(EngineReading earlier) {
        return new EngineReading(
                inFlight,
                later(earlier.finished, finished),
                later(earlier.aborted, aborted),
                later(earlier.clientsLeft, clientsLeft),
                later(earlier.progress, progress),
                whole,
                loose);
    }

    EngineReading plus(EngineReading other) {
        return new EngineReading(
                inFlight + other.inFlight,
                sum(finished, other.finished),
                sum(aborted, other.aborted),
                sum(clientsLeft, other.clientsLeft),
                sum(progress, other.progress),
                whole && other.whole,
                loose || other.loose);
    }

    /** Whether anything at all differs that a request at work would change. */
    boolean movedSince(EngineReading earlier) {
        return inFlight != earlier.inFlight
                || finished != earlier.finished
                || aborted != earlier.aborted
                || clientsLeft != earlier.clientsLeft
                || progress != earlier.progress;
    }

    private static long later(long earlier, long now) {
        return now < 0 ? earlier : now;
    }

    private static long sum(long a, long b) {
        return a < 0 || b < 0 ? UNREADABLE : a + b;
    }
}
