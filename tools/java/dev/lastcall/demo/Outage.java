package dev.lastcall.demo;

import dev.lastcall.support.router.RotationChange;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The time in which a service had nobody in rotation. */
final class Outage {

    private Outage() {}

    /** @param changes all of the router's, in order, from when it had nobody yet */
    static Duration of(List<RotationChange> changes, Instant from, Instant to) {
        Set<String> in = new HashSet<>();
        Duration empty = Duration.ZERO;
        Instant since = Instant.MIN;
        for (RotationChange change : changes) {
            if (in.isEmpty()) {
                empty = empty.plus(overlap(since, change.at(), from, to));
            }
            if (change.in()) {
                in.add(change.pod());
            } else {
                in.remove(change.pod());
            }
            since = change.at();
        }
        return in.isEmpty() ? empty.plus(overlap(since, to, from, to)) : empty;
    }

    private static Duration overlap(Instant start, Instant end, Instant from, Instant to) {
        Instant first = start.isBefore(from) ? from : start;
        Instant last = end.isAfter(to) ? to : end;
        return first.isBefore(last) ? Duration.between(first, last) : Duration.ZERO;
    }
}
