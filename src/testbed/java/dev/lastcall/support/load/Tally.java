package dev.lastcall.support.load;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The clients' own truth about a run, to compare with what an agent reports. */
public final class Tally {

    /** Stands for the pod of a request whose answer never began. */
    public static final String NO_POD = "(none)";

    private final List<RequestRecord> ended;
    private final List<RequestRecord> open;

    Tally(List<RequestRecord> ended, List<RequestRecord> open) {
        this.ended = ended.stream()
                .sorted(Comparator.comparingInt(RequestRecord::number))
                .toList();
        this.open = open.stream()
                .sorted(Comparator.comparingInt(RequestRecord::number))
                .toList();
    }

    /** Every ended request, in the order of arrival. */
    public List<RequestRecord> records() {
        return ended;
    }

    /** Every open request as far as it has come, in the order of arrival; end and outcome mean nothing yet. */
    public List<RequestRecord> unfinished() {
        return open;
    }

    public long finished() {
        return count(r -> r.outcome() instanceof Outcome.Finished);
    }

    public long aborted() {
        return count(r -> r.outcome() instanceof Outcome.Aborted);
    }

    public long errored() {
        return count(r -> r.outcome() instanceof Outcome.Errored);
    }

    public long cut() {
        return count(r -> r.outcome() instanceof Outcome.Cut);
    }

    public long rejected() {
        return count(r -> r.outcome() instanceof Outcome.Rejected);
    }

    public long open() {
        return open.size();
    }

    public List<RequestRecord> lost() {
        return ended.stream().filter(r -> r.outcome().lost()).toList();
    }

    /** Lost ones that, started when they were, would have ended by then: what a drain to that instant must not have. */
    public List<RequestRecord> lostThoughDueBy(Instant instant) {
        return lost().stream()
                .filter(r -> !r.start().plus(r.asked()).isAfter(instant))
                .toList();
    }

    /** Requests of one pod only. */
    public Tally of(String pod) {
        return where(r -> pod.equals(r.pod()));
    }

    public Tally where(Predicate<RequestRecord> condition) {
        return new Tally(
                ended.stream().filter(condition).toList(),
                open.stream().filter(condition).toList());
    }

    /** How many requests each pod had in flight then, in the order of names. Rejected ones never were. */
    public Map<String, Long> atInstant(Instant instant) {
        return Stream.concat(ended.stream(), open.stream())
                .filter(r -> r.inFlightAt(instant))
                .collect(Collectors.groupingBy(
                        r -> String.valueOf(r.pod() == null ? NO_POD : r.pod()), TreeMap::new, Collectors.counting()));
    }

    public String summary() {
        return "%d requests: %d finished, %d lost (%d aborted, %d errored, %d cut), %d rejected%s"
                .formatted(
                        ended.size() + open.size(),
                        finished(),
                        lost().size(),
                        aborted(),
                        errored(),
                        cut(),
                        rejected(),
                        open.isEmpty() ? "" : ", " + open.size() + " open");
    }

    @Override
    public String toString() {
        return summary();
    }

    private long count(Predicate<RequestRecord> condition) {
        return ended.stream().filter(condition).count();
    }
}
