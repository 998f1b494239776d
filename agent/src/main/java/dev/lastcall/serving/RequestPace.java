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
 * it. What shows at once is the pace: the time that the requests in flight spend on a generated token, all of them together.
 *
 * @param first as it was when the histogram first had enough to say; null before that
 * @param ended from the newest reading; null while too few have ended
 * @param recent the readings that the pace is taken from, oldest first
 */
record RequestPace(@Nullable First first, @Nullable EndedRequests ended, List<Moment> recent) {
    static final RequestPace UNKNOWN = new RequestPace(null, null, List.of());

    /** Short enough to see a load that was taken over, long enough for many batches. */
    private static final Duration WINDOW = Duration.ofSeconds(5);
    /**
     * The window grows up to here until it has half the tokens of all requests in flight, and those of one at least: while prompts are read
     * there are none, and requests that begin together would all be taken for slow ones.
     */
    private static final Duration LONGEST_WINDOW = Duration.ofSeconds(60);

    /**
     * @param secondsPerToken of the requests that had ended; 0 where it is not known
     * @param tokens of one of them, on average
     */
    record First(Duration p99, double secondsPerToken, double tokens) {}

    /** @param generated tokens since the engine's start */
    record Moment(long nanos, long inFlight, long generated) {
        boolean restsFrom(Moment earlier) {
            return inFlight == 0 && earlier.inFlight == 0 && generated == earlier.generated;
        }
    }

    RequestPace {
        recent = List.copyOf(recent);
    }

    /**
     * @param nanos of the look, by {@link System#nanoTime()}; every engine was heard
     * @param inFlight of all engines together
     * @param generated tokens of all engines since their start; negative where they don't say
     * @param times empty where too few requests have ended
     */
    RequestPace next(long nanos, long inFlight, long generated, Optional<EndedRequests> times) {
        EndedRequests known = times.orElse(ended);
        First begun = first;
        if (begun == null && known != null) {
            begun = known.p99()
                    .map(p99 -> first(p99, known, inFlight, generated))
                    .orElse(null);
        }
        return new RequestPace(begun, known, window(new Moment(nanos, inFlight, generated), begun));
    }

    /** A look that did not hear every engine: better than nothing while nothing is known. */
    RequestPace partly(Optional<EndedRequests> times) {
        return ended == null ? new RequestPace(first, times.orElse(null), recent) : this;
    }

    /**
     * 99 of 100 take no longer: by the histogram as it is now, or by what it said at first, prolonged as far as the pace is slower now than
     * that of the requests which had ended then.
     */
    Optional<Duration> requestTime() {
        First begun = first;
        Duration prolonged = begun == null
                ? Duration.ZERO
                : Duration.ofMillis(Math.round(begun.p99().toMillis() * slowdown(begun)));
        return Optional.ofNullable(ended)
                .flatMap(EndedRequests::p99)
                .map(p99 -> p99.compareTo(prolonged) > 0 ? p99 : prolonged);
    }

    private List<Moment> window(Moment now, @Nullable First begun) {
        List<Moment> kept = new ArrayList<>(recent);
        if (now.generated() < 0
                || (!kept.isEmpty() && now.generated() < kept.getLast().generated())) {
            // No such counter, or the engine has begun anew.
            kept.clear();
        }
        if (now.generated() < 0) {
            return kept;
        }
        int size = kept.size();
        if (size > 1 && now.restsFrom(kept.get(size - 2)) && kept.getLast().restsFrom(kept.get(size - 2))) {
            // A rest of hours is two moments.
            kept.removeLast();
        }
        kept.add(now);
        while (kept.size() > 2 && enough(kept.subList(1, kept.size()), begun)) {
            kept.removeFirst();
        }
        return kept;
    }

    private static boolean enough(List<Moment> moments, @Nullable First begun) {
        long nanos = moments.getLast().nanos() - moments.getFirst().nanos();
        if (nanos < WINDOW.toNanos() || nanos >= LONGEST_WINDOW.toNanos()) {
            return nanos >= LONGEST_WINDOW.toNanos();
        }
        double requests = Math.max(1, requestSeconds(moments) * 1e9 / nanos / 2);
        return tokens(moments) >= requests * (begun == null ? 1 : begun.tokens());
    }

    private static long tokens(List<Moment> moments) {
        return moments.getLast().generated() - moments.getFirst().generated();
    }

    /** The time that all requests in flight have spent, together. */
    private static double requestSeconds(List<Moment> moments) {
        double sum = 0;
        for (int i = 1; i < moments.size(); i++) {
            Moment from = moments.get(i - 1);
            Moment to = moments.get(i);
            sum += (to.nanos() - from.nanos()) / 1e9 * (from.inFlight() + to.inFlight()) / 2.0;
        }
        return sum;
    }

    private double slowdown(First begun) {
        if (begun.secondsPerToken() <= 0 || recent.size() < 2 || !enough(recent, begun)) {
            return 1;
        }
        long tokens = tokens(recent);
        return tokens <= 0 ? 1 : Math.max(1, requestSeconds(recent) / tokens / begun.secondsPerToken());
    }

    /** The counter has the tokens of requests that run, too: under a steady load, half of each of them. */
    private static First first(Duration p99, EndedRequests ended, long inFlight, long generated) {
        double requests = ended.total() + inFlight / 2.0;
        return generated <= 0
                ? new First(p99, 0, 0)
                : new First(p99, ended.seconds() / ended.total() * requests / generated, generated / requests);
    }
}
