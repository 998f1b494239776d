package dev.lastcall.notice;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One interruption as one source announced it.
 *
 * @param id stable across polls and restarts of the agent: the same announcement always has the same id
 * @param kind what the node is told, and what the taint says; {@link NoticeKind#SIMULATED} for a game day
 * @param behavesAs the kind whose window and force rules apply: {@code kind} itself, except that a simulation follows
 *     the kind it names
 * @param source the source's public name, for example {@code aws-spot}
 * @param deadline when the node is gone; null where nothing is going to be taken at a known time (rebalance)
 * @param noticedAt when the agent first saw it (UTC); where the drain waits for its lead time, when it began; for a
 *     hint, when its source says it was given
 * @param answeredNanos {@link System#nanoTime()} at the arrival of the answer's last byte, from which
 *     {@code notice_to_cordon} counts
 * @param dryRun decide, log and count only
 */
public record Notice(
        String id,
        NoticeKind kind,
        NoticeKind behavesAs,
        String source,
        @Nullable Instant deadline,
        Instant noticedAt,
        long answeredNanos,
        boolean dryRun) {
    private static final Duration AZURE_STARTED = Duration.ofSeconds(10);

    /** The time between sight and deadline; zero where there is no deadline or it has passed. */
    public Duration window() {
        if (deadline == null || deadline.isBefore(noticedAt)) {
            return Duration.ZERO;
        }
        return Duration.between(noticedAt, deadline);
    }

    /** True if its source can't take it back. */
    public boolean isFinal() {
        return SourceId.ofLabel(source).map(SourceId::isFinal).orElse(false);
    }

    /**
     * True if what a false alarm could not undo may be done. Azure cancels what it has scheduled, and nothing that has
     * started; of what has started, ten seconds are left ({@code ScheduledEventsDocument.STARTED}).
     */
    public boolean takesTheMachine(Instant now) {
        return switch (behavesAs) {
            case SPOT, PREEMPT, TERMINATE, HIBERNATE -> isFinal() || hasStarted(now);
            case REBALANCE, MAINTENANCE, REBOOT, FREEZE, GPU, NODE_MARK, SIMULATED -> false;
        };
    }

    private boolean hasStarted(Instant now) {
        return source.equals(SourceId.AZURE.label())
                && deadline != null
                && !now.isBefore(deadline.minus(AZURE_STARTED));
    }

    /** The same with another deadline. */
    Notice withDeadline(@Nullable Instant other) {
        return new Notice(id, kind, behavesAs, source, other, noticedAt, answeredNanos, dryRun);
    }

    /** The same, counted from now on: it has waited for its lead time. */
    Notice begunAt(Instant now, long nanos) {
        return new Notice(id, kind, behavesAs, source, deadline, now, nanos, dryRun);
    }

    /** True if it has a deadline and the other one's is later or unknown. */
    boolean isEarlierThan(Notice other) {
        return deadline != null && (other.deadline == null || deadline.isBefore(other.deadline));
    }

    /** True for a game day. */
    boolean isRehearsal() {
        return kind == NoticeKind.SIMULATED;
    }
}
