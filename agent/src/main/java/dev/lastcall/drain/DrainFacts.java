package dev.lastcall.drain;

import dev.lastcall.drain.ServingSide.Tally;
import dev.lastcall.notice.Notice;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * All that a report is made of, as values.
 *
 * @param before what pods that went in an earlier life of the agent did
 * @param pods those that this life took up
 * @param skipped pods left alone
 * @param score of a dry run; null of any other drain
 */
public record DrainFacts(
        Notice notice,
        DrainPhase outcome,
        boolean dryRun,
        DrainProgress before,
        List<PodFacts> pods,
        int skipped,
        @Nullable DrainScore score,
        List<String> findings,
        Instant now) {

    /**
     * One pod.
     *
     * @param serving its engine was read, or should have been
     * @param silent its silence says nothing: a worker whose group's leader does the counting
     * @param result null while its part is not over
     * @param tally null where there is nothing to count; of a pod that stays, the count as it stands
     */
    public record PodFacts(
            PodRef pod,
            boolean serving,
            boolean silent,
            @Nullable PodResult result,
            @Nullable Instant goneAt,
            @Nullable Tally tally) {

        boolean went() {
            return result == PodResult.EVICTED || result == PodResult.FORCED || result == PodResult.GONE;
        }

        boolean unread() {
            return serving && !silent && (tally == null || !tally.read());
        }
    }

    /** The sum over the pods that have gone, those of an earlier life included. */
    public DrainProgress progress() {
        return pods.stream().filter(PodFacts::went).map(DrainFacts::sum).reduce(before, DrainProgress::plus);
    }

    private static DrainProgress sum(PodFacts pod) {
        Tally tally = pod.tally();
        boolean read = pod.serving() && tally != null && tally.read();
        Duration age = tally == null ? null : tally.lastReadingAge();
        return new DrainProgress(
                pod.result() == PodResult.EVICTED ? 1 : 0,
                pod.result() == PodResult.FORCED ? 1 : 0,
                pod.result() == PodResult.GONE ? 1 : 0,
                read ? Objects.requireNonNull(tally).counts() : RequestCounts.NONE,
                pod.serving() && !(pod.silent() && !read) ? 1 : 0,
                pod.unread() ? 1 : 0,
                read && age != null ? (Long) age.toMillis() : null,
                pod.serving() ? pod.goneAt() : null,
                null,
                null);
    }

    public DrainReport report() {
        DrainProgress all = pods.stream().map(this::counted).reduce(before, DrainProgress::plus);
        List<String> lines = new ArrayList<>(findings);
        for (PodFacts pod : pods) {
            if (pod.unread()) {
                lines.add("the counters of " + pod.pod() + " never answered: its requests are not counted");
            }
            if (pod.result() == PodResult.FAILED) {
                lines.add(pod.pod() + " was still there when the time was over");
            }
        }
        boolean cancelled = outcome == DrainPhase.CANCELLED;
        long failed = pods.stream().filter(pod -> failed(pod, cancelled)).count();
        long stayed = pods.stream()
                .filter(pod -> !pod.went() && !failed(pod, cancelled))
                .count();
        Instant deadline = notice.deadline();
        Instant last = all.lastServingGone();
        return new DrainReport(
                notice.id(),
                notice.kind(),
                notice.noticedAt(),
                deadline,
                before.cordonedAfterMs(),
                before.withdrawnAfterMs(),
                new DrainReport.Pods(all.evicted(), all.forced(), all.gone(), (int) failed, (int) stayed + skipped),
                all.servingPods() > 0 && all.unreadPods() == all.servingPods() ? null : all.requests(),
                all.unreadPods(),
                all.lastReadingAgeMs(),
                deadline == null || last == null || dryRun || cancelled
                        ? null
                        : (Long) Math.max(0, Duration.between(last, deadline).toMillis()),
                outcome.label(),
                dryRun,
                score,
                List.copyOf(lines));
    }

    private static boolean failed(PodFacts pod, boolean cancelled) {
        return !cancelled && (pod.result() == null || pod.result() == PodResult.FAILED);
    }

    /** A pod that is still there goes down with its machine, unless the notice was taken back. */
    private DrainProgress counted(PodFacts pod) {
        DrainProgress sum = sum(pod);
        boolean stays = outcome == DrainPhase.CANCELLED && !pod.went();
        return new DrainProgress(
                sum.evicted(),
                sum.forced(),
                sum.gone(),
                stays ? unended(sum.requests()) : sum.requests(),
                sum.servingPods(),
                sum.unreadPods(),
                sum.lastReadingAgeMs(),
                sum.lastServingGone() == null && pod.serving() ? now : sum.lastServingGone(),
                null,
                null);
    }

    /** Nobody knows what becomes of a request that is in flight when the counting ends. */
    private static RequestCounts unended(RequestCounts counts) {
        long open = counts.atNotice() + counts.admittedAfter() - counts.finished() - counts.lost() - counts.unknown();
        return counts.plus(new RequestCounts(0, 0, 0, 0, 0, Math.max(0, open)));
    }
}
