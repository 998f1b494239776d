package dev.lastcall.drain;

import dev.lastcall.notice.Notice;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What happened in a drain, for those who only look on: metrics, Kubernetes Events, the log, the state page. The payload
 * of the channel {@code drain-events}.
 */
public sealed interface DrainEvent {

    /** A notice that calls for a drain was seen; {@code resumed} after a restart, when nobody needs to hear it twice. */
    record Noticed(Notice notice, boolean resumed) implements DrainEvent {}

    /** A hint: nothing is withdrawn. */
    record AtRisk(Notice notice) implements DrainEvent {}

    /** A hint that has gone; there was no drain to cancel. */
    record HintGone(Notice notice, String reason) implements DrainEvent {}

    /** Marks that somebody had removed were set again; {@code missing} says what was. */
    record MarksKept(Notice notice, String missing) implements DrainEvent {}

    /** The one patch was answered with 200, this long after the notice's answer had arrived. */
    record Cordoned(Notice notice, Duration sinceAnswer, boolean cordonedByUs) implements DrainEvent {}

    /** A dry run: the node would be cordoned now. */
    record WouldCordon(Notice notice) implements DrainEvent {}

    /** The cordon could not be written yet; it is tried again. */
    record CordonFailed(Notice notice, String reason) implements DrainEvent {}

    /** A serving pod stays in rotation for now, because too few others serve; it leaves at {@code until} at the latest. */
    record Kept(PodRef pod, String engine, String reason, Instant until) implements DrainEvent {}

    /** One serving pod was told to leave its routers. */
    record Withdrawn(PodRef pod, String engine, ServingSide.Withdrawal withdrawal) implements DrainEvent {}

    /** Every serving pod was; {@code sinceNotice} is the time it took. */
    record AllWithdrawn(int pods, Duration sinceNotice) implements DrainEvent {}

    /** A serving pod has nothing in flight any more. */
    record Idle(PodRef pod, String engine, Instant at) implements DrainEvent {}

    /** An eviction or deletion was accepted. */
    record Evicted(PodRef pod, Duration grace, boolean forced, boolean serving) implements DrainEvent {}

    /**
     * Somebody refused the eviction.
     *
     * @param first it is this pod's first refusal
     * @param deletesAt when the pod is deleted all the same; null where a refusal is never overruled
     */
    record Blocked(
            PodRef pod,
            Refuser by,
            String reason,
            boolean first,
            @Nullable Instant deletesAt) implements DrainEvent {}

    /** A terminating pod had more time than the node: it was given less. */
    record Shortened(PodRef pod, Duration grace) implements DrainEvent {}

    /** A thread of the drain ended by a defect of this agent; {@code where} names it. */
    record Defect(String where, String what) implements DrainEvent {}

    /** A pod's part in the drain is over; {@code reason} says why where it failed. */
    record PodEnded(PodRef pod, PodResult result, boolean serving, String reason) implements DrainEvent {}

    /** Requests of this pod did not finish. */
    record RequestsLost(PodRef pod, RequestCounts counts) implements DrainEvent {}

    /** The drain is over, with its report. */
    record Completed(Notice notice, DrainReport report, Duration took) implements DrainEvent {}

    /** The notice was taken back. */
    record Cancelled(Notice notice, String reason) implements DrainEvent {}

    /** The node takes pods again. */
    record Uncordoned(Notice notice, List<String> undone) implements DrainEvent {}
}
