package dev.lastcall.notice;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is going to happen to the node: the part that a notice, the record of its drain and every row about them share.
 *
 * @param id stable across polls and restarts of the agent: the same announcement always has the same id
 * @param kind what the node is told, and what the taint says; {@link NoticeKind#SIMULATED} for a game day
 * @param behavesAs the kind whose window and force rules apply: {@code kind} itself, except that a simulation follows
 *     the kind it names
 * @param source the source's public name, for example {@code aws-spot}
 * @param deadline when the node is gone; null where nothing is going to be taken at a known time (rebalance)
 * @param dryRun decide, log and count only
 */
public record Interruption(
        String id,
        NoticeKind kind,
        NoticeKind behavesAs,
        String source,
        @Nullable Instant deadline,
        boolean dryRun) {

    /** The same with another deadline. */
    public Interruption withDeadline(@Nullable Instant other) {
        return new Interruption(id, kind, behavesAs, source, other, dryRun);
    }

    /** Another one took over what goes on under this one's id: kind, source and deadline follow it. */
    public Interruption takenOverBy(Interruption next) {
        return new Interruption(id, next.kind, next.behavesAs, next.source, next.deadline, dryRun);
    }
}
