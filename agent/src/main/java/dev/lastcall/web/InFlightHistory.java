package dev.lastcall.web;

import dev.lastcall.drain.PodRef;
import dev.lastcall.drain.PodStatus;
import dev.lastcall.web.DrainRow.Reading;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Remembers how many requests each pod of the running drain had in flight. Bounded: when a pod has enough readings, every second
 * one is forgotten and the next ones are taken half as often, so that a drain of an hour takes no more room than one of
 * a minute. Safe for any thread.
 */
@Singleton
public class InFlightHistory {

    private static final int MOST = 60;
    private static final Duration OFTEN = Duration.ofMillis(400);

    private final Map<PodRef, Line> lines = new HashMap<>();
    private String drain = "";

    private static final class Line {
        private List<Reading> readings = new ArrayList<>();
        private Duration every = OFTEN;

        void add(Reading next) {
            if (!readings.isEmpty()
                    && Duration.between(readings.getLast().at(), next.at()).compareTo(every) < 0) {
                return;
            }
            if (readings.size() == MOST) {
                readings = new ArrayList<>(IntStream.range(0, MOST)
                        .filter(i -> i % 2 == 0)
                        .mapToObj(readings::get)
                        .toList());
                every = every.multipliedBy(2);
            }
            readings.add(next);
        }
    }

    /** Pods without a reading are left out; another drain begins anew. */
    public synchronized void see(String id, List<PodStatus> pods, Instant now) {
        if (!id.equals(drain)) {
            lines.clear();
            drain = id;
        }
        for (PodStatus pod : pods) {
            Long inFlight = pod.inFlight();
            if (inFlight != null && !pod.stage().ended()) {
                lines.computeIfAbsent(pod.pod(), _ -> new Line()).add(new Reading(now, inFlight));
            }
        }
    }

    /** Oldest first; empty for a pod that was never read. */
    public synchronized List<Reading> of(PodRef pod) {
        Line line = lines.get(pod);
        return line == null ? List.of() : List.copyOf(line.readings);
    }
}
