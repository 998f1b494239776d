package dev.lastcall.notice;

import dev.lastcall.notice.NoticeLedger.Drain;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who holds the one drain of this node, and which notice leads it. A part of one {@link LedgerStep}: a scratch copy
 * that appends what changes to the step's list.
 */
final class DrainClaims {

    private final List<NoticeChange> changes;
    private @Nullable Drain drain;

    DrainClaims(@Nullable Drain drain, List<NoticeChange> changes) {
        this.drain = drain;
        this.changes = changes;
    }

    @Nullable
    Drain drain() {
        return drain;
    }

    /** True if this notice holds a drain that has ended. */
    boolean isDone(String id) {
        return drain != null && drain.done() && drain.holders().contains(id);
    }

    /** A notice wants the node drained, from now on. */
    void claim(Notice notice) {
        Drain current = drain;
        if (current == null) {
            begin(notice, Set.of());
            return;
        }
        Notice lead = current.lead();
        if (isDry(lead) && (!isDry(notice) || current.done())) {
            // A dry run has written nothing, so there is nothing to take over, and one that is done has nothing left to
            // say.
            if (!current.done()) {
                changes.add(new NoticeChange.Cancelled(lead, "a notice that is carried out ends the dry run"));
            }
            begin(notice, current.holders());
        } else if (!outranks(notice, lead)) {
            drain = new Drain(lead, with(current.holders(), notice.id()), current.done());
        } else if (current.done()) {
            begin(notice, current.holders());
        } else {
            Notice merged = merge(lead, notice);
            drain = new Drain(merged, with(current.holders(), notice.id()), false);
            changes.add(new NoticeChange.TookOver(lead, merged));
        }
    }

    private static boolean isDry(Notice notice) {
        return notice.isSimulated() && notice.dryRun();
    }

    /** The deadline of a notice has moved earlier. */
    void tighten(Notice notice) {
        Drain current = drain;
        if (current == null || current.done() || !current.holders().contains(notice.id())) {
            return;
        }
        Notice lead = current.lead();
        boolean counts = lead.isSimulated() || !notice.isSimulated();
        if (counts && notice.isEarlierThan(lead)) {
            Notice tightened = lead.withDeadline(notice.deadline());
            drain = new Drain(tightened, current.holders(), false);
            changes.add(new NoticeChange.TookOver(lead, tightened));
        }
    }

    /** A notice no longer holds the drain; the drain's notice if it was the last one that did. */
    Optional<Notice> release(String id, java.util.function.Predicate<String> isSimulated) {
        Drain current = drain;
        if (current == null || !current.holders().contains(id)) {
            return Optional.empty();
        }
        Set<String> left = new LinkedHashSet<>(current.holders());
        left.remove(id);
        if (!current.lead().isSimulated()) {
            left.removeIf(isSimulated); // a simulated notice keeps no real drain alive
        }
        drain = left.isEmpty() ? null : new Drain(current.lead(), Set.copyOf(left), current.done());
        return left.isEmpty() ? Optional.of(current.lead()) : Optional.empty();
    }

    private void begin(Notice notice, Set<String> others) {
        drain = new Drain(notice, with(others, notice.id()), false);
        changes.add(new NoticeChange.Began(notice));
    }

    private static Set<String> with(Set<String> holders, String id) {
        Set<String> more = new LinkedHashSet<>(holders);
        more.add(id);
        return Set.copyOf(more);
    }

    /** More certain, or as real and earlier. A simulated notice outranks nothing but another simulated one. */
    private static boolean outranks(Notice notice, Notice lead) {
        boolean real = lead.isSimulated() || !notice.isSimulated();
        return LedgerRules.certainty(notice) > LedgerRules.certainty(lead) || (real && notice.isEarlierThan(lead));
    }

    /** The kind of the more certain one and the earlier deadline, under the id of the drain that runs. */
    private static Notice merge(Notice lead, Notice notice) {
        boolean surer = LedgerRules.certainty(notice) >= LedgerRules.certainty(lead);
        Notice base = surer ? notice : lead;
        boolean simulationEnds = lead.isSimulated() && !base.isSimulated();
        boolean newDeadline = simulationEnds || lead.deadline() == null || notice.isEarlierThan(lead);
        Instant deadline = newDeadline ? notice.deadline() : lead.deadline();
        return new Notice(
                new Interruption(lead.id(), base.kind(), base.behavesAs(), base.source(), deadline, base.dryRun()),
                base.noticedAt(),
                notice.answeredNanos());
    }
}
