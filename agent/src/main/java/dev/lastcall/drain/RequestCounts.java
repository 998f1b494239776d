package dev.lastcall.drain;

/**
 * Requests of one pod, or of a whole drain, by the engines' own counters; {@code atNotice + admittedAfter = finished +
 * lost + unknown}.
 *
 * @param atNotice running and waiting at the first reading
 * @param admittedAfter reached the pod after that: routers lag
 * @param finished the engine's stop and length counts since
 * @param aborted its abort count since: lost
 * @param inFlight still there at the last reading of an engine that then went away: lost
 * @param unknown vanished uncounted before any termination signal: their client left
 */
public record RequestCounts(
        long atNotice, long admittedAfter, long finished, long aborted, long inFlight, long unknown) {
    public static final RequestCounts NONE = new RequestCounts(0, 0, 0, 0, 0, 0);

    public long lost() {
        return aborted + inFlight;
    }

    /** What has come on top of an earlier count; a number that fell since counts as none. */
    public RequestCounts since(RequestCounts before) {
        return new RequestCounts(
                Math.max(0, atNotice - before.atNotice),
                Math.max(0, admittedAfter - before.admittedAfter),
                Math.max(0, finished - before.finished),
                Math.max(0, aborted - before.aborted),
                Math.max(0, inFlight - before.inFlight),
                Math.max(0, unknown - before.unknown));
    }

    public RequestCounts plus(RequestCounts other) {
        return new RequestCounts(
                atNotice + other.atNotice,
                admittedAfter + other.admittedAfter,
                finished + other.finished,
                aborted + other.aborted,
                inFlight + other.inFlight,
                unknown + other.unknown);
    }
}
