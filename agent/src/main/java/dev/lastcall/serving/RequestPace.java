package dev.lastcall.serving;

import dev.lastcall.serving.findings.EndedRequests;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How long a request takes that a pod admits now; immutable. The engines' histograms know only requests that have ended. When a pod
 * takes over the load of its neighbours, each request takes longer, and none of the slower ones ends before it is too late to act on
 * it. What shows at once is the pace: the time that the requests in flight spend on a token, all of them together.
 *
 * @param first as it was when the histogram first had enough to say; null before that
 * @param ended from the newest reading; null while too few have ended
 * @param recent readings of the last {@link #WINDOW} and the one before them, oldest first
 */
record RequestPace(
        @Nullable First first, @Nullable EndedRequests ended, List<Moment> recent) {
    static final RequestPace UNKNOWN = new RequestPace(null, null, List.of());

    /** Short enough to see a load that was taken over, long enough for more than one batch. */
    static final Duration WINDOW = Duration.ofSeconds(5);

    /** @param secondsPerToken of the requests that had ended, and not below 0; 0 where it is not known */
    record First(Duration p99, double secondsPerToken, long inFlight) {}

    record Moment(long nanos, long inFlight, long progress) {}

    RequestPace {
        recent = List.copyOf(recent);
    }

    /**
     * @param now the engines' readings together, from a look that heard all of them
     * @param times of the same look; empty where too few requests have ended
     */
    RequestPace next(long nanos, EngineReading now, Optional<EndedRequests> times) {
        List<Moment> kept = new ArrayList<>(recent);
        if (now.progress() < 0 || (!kept.isEmpty() && now.progress() < kept.getLast().progress())) {
            // An engine that has no such counter, or has begun anew.
            kept.clear();
        }
        if (now.progress() >= 0) {
            kept.add(new Moment(nanos, now.inFlight(), now.progress()));
        }
        while (kept.size() > 2 && nanos - kept.get(1).nanos() >= WINDOW.toNanos()) {
            kept.removeFirst();
        }
        EndedRequests known = times.orElse(ended);
        First begun = first;
        if (begun == null && known != null) {
            begun = known.p99().map(p99 -> new First(p99, then(known, now), now.inFlight())).orElse(null);
        }
        return new RequestPace(begun, known, kept);
    }

    /** A look that did not hear every engine: better than nothing while nothing is known. */
    RequestPace partly(Optional<EndedRequests> times) {
        return ended == null ? new RequestPace(first, times.orElse(null), recent) : this;
    }

    /**
     * 99 of 100 take no longer: by the histogram as it is now, or by what it said at first, prolonged as the pace has slowed since.
     * It is prolonged no more than the load has grown: one long prompt slows the pace, too, and is no reason to turn anybody away.
     */
    Optional<Duration> requestTime() {
        EndedRequests known = ended;
        First begun = first;
        Duration prolonged = begun == null
                ? Duration.ZERO
                : Duration.ofMillis(Math.round(begun.p99().toMillis() * slowdown(begun)));
        return Optional.ofNullable(known)
                .flatMap(EndedRequests::p99)
                .map(p99 -> p99.compareTo(prolonged) > 0 ? p99 : prolonged);
    }

    private double slowdown(First begun) {
        if (begun.secondsPerToken() <= 0 || recent.size() < 2) {
            return 1;
        }
        double requestSeconds = 0;
        double seconds = 0;
        for (int i = 1; i < recent.size(); i++) {
            double step = (recent.get(i).nanos() - recent.get(i - 1).nanos()) / 1e9;
            requestSeconds += step * (recent.get(i).inFlight() + recent.get(i - 1).inFlight()) / 2.0;
            seconds += step;
        }
        long tokens = recent.getLast().progress() - recent.getFirst().progress();
        if (tokens <= 0 || seconds <= 0) {
            return 1;
        }
        double load = requestSeconds / seconds / Math.max(1, begun.inFlight());
        return Math.clamp(requestSeconds / tokens / begun.secondsPerToken(), 1, Math.max(1, load));
    }

    /**
     * The counter has the tokens of requests that run, too. By Little's law and a steady load half of the time of each of them has
     * passed.
     */
    private static double then(EndedRequests ended, EngineReading now) {
        double requests = ended.total();
        return now.progress() <= 0 || requests <= 0
                ? 0
                : ended.seconds() / requests * (requests + now.inFlight() / 2.0) / now.progress();
    }
}
