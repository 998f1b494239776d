package dev.lastcall.drain.run;

import dev.lastcall.drain.DrainPhase;
import dev.lastcall.drain.DrainRecord;
import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeChange;
import dev.lastcall.notice.NoticeKind;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an interruption means for this node: values in, values out. {@link #on} and {@link #atFirstSight} say which drain a
 * change ends in; {@link #wanted} says what has to be true on Node and pods as things stand, whatever led there. Whoever
 * carries it out may be late, be killed, or be refused: it asks again and gets the same answer.
 */
public final class Interruptions {
    /** A drain whose deadline is longer past than this is not taken up again: the node has outlived it. */
    static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(10);

    private Interruptions() {}

    /**
     * The drain of this process: the one that runs, else the last that did.
     *
     * @param notice what it drains for, as it stands after every take-over
     * @param ids every notice that it answers for: its own and those that took it over
     * @param bootId the node's boot when it cordoned; null until then
     * @param underWay its thread has not ended
     */
    public record Run(
            Notice notice,
            Set<String> ids,
            DrainPhase phase,
            @Nullable String bootId,
            boolean underWay,
            boolean dryRun) {}

    /**
     * Everything that is decided by.
     *
     * @param run empty until the first drain of this process
     * @param record what the Node's annotation says
     * @param bootId the node's boot now
     * @param held what the ledger wants the node drained for, its drain about to begin, under way or done; empty when nothing
     * @param hints what puts the node at risk without draining it
     * @param heard every source has had its first word, so that silence means something
     * @param writesNothing the agent is configured for a dry run
     */
    public record Situation(
            Optional<Run> run,
            Optional<DrainRecord> record,
            @Nullable String bootId,
            Optional<Notice> held,
            List<Notice> hints,
            boolean heard,
            boolean writesNothing) {

        Optional<Run> underWay() {
            return run.filter(Run::underWay);
        }
    }

    /** What a change ends in. */
    public sealed interface Order {
        /** A drain of its own, now. */
        record Begin(Notice notice) implements Order {}

        /** The drain that an earlier life of the agent began. */
        record Resume(DrainRecord record) implements Order {}

        /** The drain under way follows this notice; where it no longer can, the notice gets its own after it. */
        record TakeOver(Notice notice) implements Order {}

        /** The drain under way ends: its pods stay, its marks go. */
        record TakeBack(String reason) implements Order {}

        /** The drain is one of an earlier boot: it ends, if it is under way, and the ledger forgets what held it. */
        record Rebooted() implements Order {}

        /** The hint is told to people; what it changes is in {@link Wanted}. */
        record TellHint(Notice notice) implements Order {}

        /** The hint has gone. */
        record TellHintGone(Notice notice, String reason) implements Order {}

        /** Nothing begins or ends by it. */
        record Nothing() implements Order {}
    }

    /** What has to be true of our marks on Node and pods. */
    public enum Marks {
        /** A drain is at it, or about to be, or it is not known yet, or nothing may be written: nobody else touches them. */
        LEFT_ALONE,
        /** They stand, and what somebody removed is set again: the node goes for certain. */
        KEPT,
        /** They stand as the drain left them; a person who removes one is respected. */
        RESPECTED,
        /** None of ours is left, on the Node or on a pod. */
        GIVEN_BACK
    }

    /**
     * What has to be true.
     *
     * @param atRisk since when the node is at risk; empty where the mark has to go
     * @param doomed what the node's capacity is lost to; empty where it is safe
     * @param gates whether a pod that waits for its readiness gate gets it opened
     */
    public record Wanted(Marks marks, Optional<Instant> atRisk, Optional<Notice> doomed, boolean gates) {}

    /** Which drain this change of the ledger ends in. */
    public static Order on(NoticeChange change, Situation now) {
        Optional<Run> running = now.underWay();
        return switch (change) {
            case NoticeChange.Began began ->
                running.isPresent() ? new Order.TakeOver(began.notice()) : new Order.Begin(began.notice());
            case NoticeChange.TookOver took -> {
                if (running.isPresent()) {
                    yield new Order.TakeOver(took.notice());
                }
                yield now.run().filter(Interruptions::emptied).isPresent()
                        ? new Order.Nothing() // it has done its part already
                        : new Order.Begin(took.notice());
            }
            case NoticeChange.AtRisk risk -> new Order.TellHint(risk.notice());
            case NoticeChange.Cancelled cancelled -> {
                if (answersFor(running, cancelled.notice())) {
                    yield new Order.TakeBack(cancelled.reason());
                }
                yield isHint(cancelled.notice())
                        ? new Order.TellHintGone(cancelled.notice(), cancelled.reason())
                        : new Order.Nothing();
            }
            case NoticeChange.Ended ended ->
                answersFor(running, ended.notice()) ? new Order.TakeBack(ended.reason()) : new Order.Nothing();
        };
    }

    /** What the Node's record means to an agent that has just started. */
    public static Order atFirstSight(Situation now, Instant at) {
        return now.record()
                .filter(record -> !record.phase().over() && !rebooted(record.bootId(), now.bootId()))
                .filter(record -> !forgotten(record, at))
                .filter(_ -> now.run().isEmpty())
                .<Order>map(Order.Resume::new)
                .orElseGet(Order.Nothing::new);
    }

    /**
     * What a change of the Node means to the drain: its boot id may come late, from a kubelet that starts beside this agent.
     * What has cordoned nothing yet is of this boot.
     */
    public static Order onNode(Situation now) {
        Optional<Run> running = now.underWay();
        boolean earlier = running.isPresent()
                ? rebooted(running.get().bootId(), now.bootId())
                : now.record()
                        .filter(record -> rebooted(record.bootId(), now.bootId()))
                        .filter(record -> now.held()
                                .filter(held -> held.id().equals(record.id()))
                                .isPresent())
                        .isPresent();
        return earlier ? new Order.Rebooted() : new Order.Nothing();
    }

    /** Whether the agent, told to end, goes on until the drain is over. */
    public static boolean outlivesSigterm(Situation now) {
        return now.underWay().isPresent();
    }

    /** Whether the record tells of an earlier boot: the interruption has come and gone, whatever its phase and deadline. */
    public static boolean rebooted(@Nullable String recorded, @Nullable String current) {
        return recorded != null && current != null && !recorded.equals(current);
    }

    /** What has to be true as things stand. */
    public static Wanted wanted(Situation now) {
        Marks marks = marks(now);
        boolean quiet = now.underWay().isEmpty() && !now.writesNothing();
        return new Wanted(
                marks,
                now.hints().stream().map(Notice::noticedAt).min(Comparator.naturalOrder()),
                doomed(now),
                quiet
                        && (marks == Marks.GIVEN_BACK
                                || (now.held().isEmpty() && now.record().isEmpty())));
    }

    private static Marks marks(Situation now) {
        if (now.writesNothing()) {
            return Marks.LEFT_ALONE;
        }
        Optional<Run> running = now.underWay();
        if (running.isPresent()) {
            Run run = running.get();
            boolean stands = !run.dryRun()
                    && run.phase().compareTo(DrainPhase.CORDONED) >= 0
                    && !run.phase().over();
            return stands && run.notice().isFinal() ? Marks.KEPT : Marks.LEFT_ALONE;
        }
        if (now.held().isEmpty()) {
            return now.heard() ? Marks.GIVEN_BACK : Marks.LEFT_ALONE;
        }
        Notice held = now.held().get();
        boolean ended = now.run().map(run -> run.phase().over()).orElse(false)
                || now.record().filter(record -> record.phase().over()).isPresent();
        if (!ended) {
            return Marks.LEFT_ALONE; // its drain is about to begin
        }
        if (held.kind() == NoticeKind.SIMULATED) {
            return Marks.GIVEN_BACK; // a game day ends with its drain
        }
        if (now.run().filter(run -> run.phase() == DrainPhase.CANCELLED).isPresent()) {
            return Marks.LEFT_ALONE; // taken back, yet wanted again: its next drain is about to begin
        }
        return held.isFinal() ? Marks.KEPT : Marks.RESPECTED;
    }

    private static Optional<Notice> doomed(Situation now) {
        Optional<Notice> drained = now.underWay().map(Run::notice);
        if (drained.isEmpty()) {
            boolean gameDayOver = now.run().map(run -> run.phase().over()).orElse(false);
            drained = now.held().filter(held -> held.kind() != NoticeKind.SIMULATED || !gameDayOver);
        }
        // A dry run takes no capacity away; a GPU that wants a reset does not take the node with it.
        return drained.filter(notice -> !notice.dryRun())
                .or(() -> now.hints().stream()
                        .filter(hint -> hint.kind() != NoticeKind.GPU)
                        .min(Comparator.comparing(Notice::deadline, Comparator.nullsLast(Comparator.naturalOrder()))));
    }

    private static boolean emptied(Run run) {
        return !run.dryRun() && (run.phase() == DrainPhase.DONE || run.phase() == DrainPhase.FAILED);
    }

    private static boolean answersFor(Optional<Run> running, Notice notice) {
        return running.filter(run -> run.ids().contains(notice.id())).isPresent();
    }

    private static boolean forgotten(DrainRecord record, Instant at) {
        Instant deadline = record.deadline();
        return deadline != null && at.isAfter(deadline.plus(FORGOTTEN_AFTER));
    }

    /** Nothing but the end of the node follows such a notice; its absence takes nothing back. */
    private static boolean isHint(Notice notice) {
        return switch (notice.kind()) {
            case REBALANCE, FREEZE, GPU -> true;
            default -> false;
        };
    }
}
