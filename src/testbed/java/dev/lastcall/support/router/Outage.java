package dev.lastcall.support.router;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** For how long a service had too few pods in rotation, by what its router did. */
public final class Outage {

    private Outage() {}

    /**
     * The time in which nobody was in rotation.
     *
     * @param changes all of the router's, in order, from when it had nobody yet
     */
    public static Duration of(List<RotationChange> changes, Instant from, Instant to) {
        return below(1, changes, from, to);
    }

    /** The time in which fewer than {@code wanted} pods were in rotation; see {@link #of}. */
    public static Duration below(int wanted, List<RotationChange> changes, Instant from, Instant to) {
        Set<String> in = new HashSet<>();
        Duration sum = Duration.ZERO;
        Instant since = Instant.MIN;
        for (RotationChange change : changes) {
            if (in.size() < wanted) {
                sum = sum.plus(overlap(since, change.at(), from, to));
            }
            if (change.in()) {
                in.add(change.pod());
            } else {
                in.remove(change.pod());
            }
            since = change.at();
        }
        return in.size() < wanted ? sum.plus(overlap(since, to, from, to)) : sum;
    }

    private static Duration overlap(Instant start, Instant end, Instant from, Instant to) {
        Instant first = start.isBefore(from) ? from : start;
        Instant last = end.isAfter(to) ? to : end;
        return first.isBefore(last) ? Duration.between(first, last) : Duration.ZERO;
    }
}
