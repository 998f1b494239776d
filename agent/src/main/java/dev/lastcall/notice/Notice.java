package dev.lastcall.notice;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One interruption as one source announced it.
 *
 * @param noticedAt when the agent first saw the notice (UTC). Two exceptions: for scheduled work, when the drain started; for
 *     a hint, the time that the source gives
 * @param answeredNanos {@link System#nanoTime()} at the arrival of the answer's last byte, from which
 *     {@code notice_to_cordon} counts
 */
public record Notice(Interruption interruption, Instant noticedAt, long answeredNanos) {
    private static final Duration AZURE_STARTED = Duration.ofSeconds(10);

    /** A notice of the usual form: it behaves as its kind and is not a dry run. */
    public static Notice of(
            String id,
            NoticeKind kind,
            String source,
            @Nullable Instant deadline,
            Instant noticedAt,
            long answeredNanos) {
        return new Notice(new Interruption(id, kind, kind, source, deadline, false), noticedAt, answeredNanos);
    }

    public String id() {
        return interruption.id();
    }

    public NoticeKind kind() {
        return interruption.kind();
    }

    public NoticeKind behavesAs() {
        return interruption.behavesAs();
    }

    public String source() {
        return interruption.source();
    }

    public @Nullable Instant deadline() {
        return interruption.deadline();
    }

    public boolean dryRun() {
        return interruption.dryRun();
    }

    /** The time between sight and deadline; zero where there is no deadline or it has passed. */
    public Duration window() {
        Instant deadline = deadline();
        if (deadline == null || deadline.isBefore(noticedAt)) {
            return Duration.ZERO;
        }
        return Duration.between(noticedAt, deadline);
    }

    /** True if its source can't take it back. */
    public boolean isFinal() {
        return SourceId.ofLabel(source()).map(SourceId::isFinal).orElse(false);
    }

    /**
     * True if what a false alarm could not undo may be done. Azure cancels what it has scheduled, and nothing that has
     * started; of what has started, ten seconds are left ({@code ScheduledEventsDocument.STARTED}).
     */
    public boolean takesTheMachine(Instant now) {
        return switch (behavesAs()) {
            case SPOT, PREEMPT, TERMINATE, HIBERNATE -> isFinal() || hasStarted(now);
            case REBALANCE, MAINTENANCE, REBOOT, FREEZE, GPU, NODE_MARK, SIMULATED -> false;
        };
    }

    private boolean hasStarted(Instant now) {
        Instant deadline = deadline();
        return source().equals(SourceId.AZURE.label())
                && deadline != null
                && !now.isBefore(deadline.minus(AZURE_STARTED));
    }

    /** The same with another deadline. */
    Notice withDeadline(@Nullable Instant other) {
        return new Notice(interruption.withDeadline(other), noticedAt, answeredNanos);
    }

    /** The same, counted from now on: it has waited for its lead time. */
    Notice begunAt(Instant now, long nanos) {
        return new Notice(interruption, now, nanos);
    }

    /** True if it has a deadline and the other one's is later or unknown. */
    boolean isEarlierThan(Notice other) {
        Instant mine = deadline();
        Instant others = other.deadline();
        return mine != null && (others == null || mine.isBefore(others));
    }

    /** True for a game day. */
    boolean isSimulated() {
        return kind() == NoticeKind.SIMULATED;
    }
}
