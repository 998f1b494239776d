package dev.lastcall.drain;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the pods that have gone did, as one sum: it stands in the drain annotation, so that the report of a drain counts
 * what went before the agent was killed. A sum and no list: an annotation has an end.
 *
 * @param servingPods gone pods that served
 * @param unreadPods those of them whose counters never answered
 * @param lastReadingAgeMs the largest age of a last reading; null where there was none
 * @param lastServingGone when the last of them was gone; null where none has gone yet
 * @param cordonedAfterMs from the notice's answer to the cordon's; null while it does not stand
 * @param withdrawnAfterMs until every serving pod was out of its routers; null before that
 */
public record DrainProgress(
        int evicted,
        int forced,
        int gone,
        RequestCounts requests,
        int servingPods,
        int unreadPods,
        @Nullable Long lastReadingAgeMs,
        @Nullable Instant lastServingGone,
        @Nullable Long cordonedAfterMs,
        @Nullable Long withdrawnAfterMs) {

    public static final DrainProgress NONE =
            new DrainProgress(0, 0, 0, RequestCounts.NONE, 0, 0, null, null, null, null);

    public DrainProgress cordoned(long afterMs) {
        return new DrainProgress(
                evicted,
                forced,
                gone,
                requests,
                servingPods,
                unreadPods,
                lastReadingAgeMs,
                lastServingGone,
                afterMs,
                withdrawnAfterMs);
    }

    public DrainProgress withdrawn(long afterMs) {
        return new DrainProgress(
                evicted,
                forced,
                gone,
                requests,
                servingPods,
                unreadPods,
                lastReadingAgeMs,
                lastServingGone,
                cordonedAfterMs,
                afterMs);
    }

    /** The same pods, with the two moments of that one. */
    public DrainProgress at(DrainProgress moments) {
        return new DrainProgress(
                evicted,
                forced,
                gone,
                requests,
                servingPods,
                unreadPods,
                lastReadingAgeMs,
                lastServingGone,
                moments.cordonedAfterMs,
                moments.withdrawnAfterMs);
    }

    /** Together with what is not of the pods (the two moments) taken from this one. */
    public DrainProgress plus(DrainProgress more) {
        return new DrainProgress(
                evicted + more.evicted,
                forced + more.forced,
                gone + more.gone,
                requests.plus(more.requests),
                servingPods + more.servingPods,
                unreadPods + more.unreadPods,
                larger(lastReadingAgeMs, more.lastReadingAgeMs),
                larger(lastServingGone, more.lastServingGone),
                cordonedAfterMs,
                withdrawnAfterMs);
    }

    private static <T extends Comparable<T>> @Nullable T larger(@Nullable T one, @Nullable T other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.compareTo(other) >= 0 ? one : other;
    }

    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("pods", Map.of("evicted", evicted, "forced", forced, "gone", gone));
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("atNotice", requests.atNotice());
        counts.put("admittedAfter", requests.admittedAfter());
        counts.put("finished", requests.finished());
        counts.put("aborted", requests.aborted());
        counts.put("inFlight", requests.inFlight());
        counts.put("unknown", requests.unknown());
        map.put("requests", counts);
        map.put("servingPods", servingPods);
        map.put("unreadPods", unreadPods);
        put(map, "lastReadingAgeMs", lastReadingAgeMs);
        put(map, "lastServingGone", lastServingGone == null ? null : lastServingGone.toString());
        put(map, "cordonedAfterMs", cordonedAfterMs);
        put(map, "withdrawnAfterMs", withdrawnAfterMs);
        return map;
    }

    private static void put(Map<String, Object> map, String key, @Nullable Object value) {
        if (value != null) {
            map.put(key, value);
        }
    }

    /** Reads it back; what another hand made unreadable counts as nothing. */
    static DrainProgress fromMap(@Nullable Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            return NONE;
        }
        Map<?, ?> pods = map.get("pods") instanceof Map<?, ?> found ? found : Map.of();
        Map<?, ?> counts = map.get("requests") instanceof Map<?, ?> found ? found : Map.of();
        return new DrainProgress(
                (int) number(pods, "evicted"),
                (int) number(pods, "forced"),
                (int) number(pods, "gone"),
                new RequestCounts(
                        number(counts, "atNotice"),
                        number(counts, "admittedAfter"),
                        number(counts, "finished"),
                        number(counts, "aborted"),
                        number(counts, "inFlight"),
                        number(counts, "unknown")),
                (int) number(map, "servingPods"),
                (int) number(map, "unreadPods"),
                map.get("lastReadingAgeMs") instanceof Number age ? (Long) age.longValue() : null,
                instant(map.get("lastServingGone")),
                map.get("cordonedAfterMs") instanceof Number ms ? (Long) ms.longValue() : null,
                map.get("withdrawnAfterMs") instanceof Number ms ? (Long) ms.longValue() : null);
    }

    private static @Nullable Instant instant(@Nullable Object value) {
        try {
            return value instanceof String text ? Instant.parse(text) : null;
        } catch (DateTimeParseException unreadable) {
            return null;
        }
    }

    private static long number(Map<?, ?> map, String key) {
        return map.get(key) instanceof Number number ? number.longValue() : 0;
    }
}
