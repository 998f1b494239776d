package dev.lastcall.drain;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a drain would have made of the requests that a dry run found in flight: an estimate from the engines' own request times, never
 * a count of what was done. Without the pods whose engine could not be read: {@code inFlight = finished + cut + unknown}.
 *
 * @param inFlight running and waiting at the first reading
 * @param finished of those, would have ended in time
 * @param cut would not
 * @param unknown of engines that have no request times yet
 * @param unreadPods serving pods whose engine did not answer
 * @param pods each serving pod
 */
public record DrainScore(long inFlight, long finished, long cut, long unknown, int unreadPods, List<PodScore> pods) {

    /**
     * One serving pod.
     *
     * @param inFlight null where its engine did not answer; the other counts are 0 then
     * @param requestTime 99 of 100 of its requests took no longer; null while unknown
     * @param worksUntil when its engine would have stopped working on them
     */
    public record PodScore(
            PodRef pod,
            @Nullable Long inFlight,
            @Nullable Duration requestTime,
            Instant worksUntil,
            long finished,
            long cut,
            long unknown) {}

    /**
     * One serving pod as a dry run read it.
     *
     * @param ending the share of what is in flight that ends within a time, 0 to 1; empty while unknown
     */
    public record Reading(
            PodRef pod,
            @Nullable Long inFlight,
            @Nullable Duration requestTime,
            Instant worksUntil,
            Function<Duration, OptionalDouble> ending) {

        PodScore score(Instant at) {
            if (inFlight == null) {
                return new PodScore(pod, null, requestTime, worksUntil, 0, 0, 0);
            }
            OptionalDouble share = ending.apply(Duration.between(at, worksUntil));
            if (share.isEmpty()) {
                return new PodScore(pod, inFlight, requestTime, worksUntil, 0, 0, inFlight);
            }
            long finished = Math.round(inFlight * share.getAsDouble());
            return new PodScore(pod, inFlight, requestTime, worksUntil, finished, inFlight - finished, 0);
        }
    }

    public DrainScore {
        pods = List.copyOf(pods);
    }

    /**
     * Adds up what would have become of each pod's requests.
     *
     * @param at when they were counted
     */
    public static DrainScore of(List<Reading> readings, Instant at) {
        List<PodScore> pods =
                readings.stream().map(reading -> reading.score(at)).toList();
        long inFlight = 0;
        long finished = 0;
        long cut = 0;
        long unknown = 0;
        int unread = 0;
        for (PodScore pod : pods) {
            inFlight += pod.inFlight() == null ? 0 : pod.inFlight();
            finished += pod.finished();
            cut += pod.cut();
            unknown += pod.unknown();
            unread += pod.inFlight() == null ? 1 : 0;
        }
        return new DrainScore(inFlight, finished, cut, unknown, unread, pods);
    }

    /** For a person. */
    public String sentence() {
        if (pods.isEmpty()) {
            return "no pod on this node serves";
        }
        StringBuilder text = new StringBuilder()
                .append(inFlight)
                .append(" requests in flight: ")
                .append(finished)
                .append(" would end in time, ")
                .append(cut)
                .append(" would be cut");
        if (unknown > 0) {
            text.append(", ").append(unknown).append(" unknown (too few requests have ended to know their times)");
        }
        if (unreadPods > 0) {
            text.append("; ").append(unreadPods).append(" serving pods could not be read");
        }
        return text.toString();
    }

    /** The public JSON shape. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("inFlight", inFlight);
        map.put("finished", finished);
        map.put("cut", cut);
        map.put("unknown", unknown);
        map.put("unreadPods", unreadPods);
        List<Map<String, Object>> rows = new ArrayList<>();
        for (PodScore pod : pods) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("pod", pod.pod().toString());
            row.put("inFlight", pod.inFlight());
            row.put(
                    "requestTimeMs",
                    pod.requestTime() == null ? null : pod.requestTime().toMillis());
            row.put("worksUntil", pod.worksUntil().toString());
            row.put("finished", pod.finished());
            row.put("cut", pod.cut());
            row.put("unknown", pod.unknown());
            rows.add(row);
        }
        map.put("pods", rows);
        return map;
    }
}
