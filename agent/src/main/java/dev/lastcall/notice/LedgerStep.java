package dev.lastcall.notice;

import dev.lastcall.notice.NoticeLedger.Admission;
import dev.lastcall.notice.NoticeLedger.Drain;
import dev.lastcall.notice.NoticeLedger.Entry;
import dev.lastcall.notice.NoticeLedger.Stage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One step of the {@link NoticeLedger}: a scratch copy that collects what changes. Used once, by one thread. */
final class LedgerStep {

    /** A 404 may be a hiccup: what can be cancelled is cancelled by this many readings in a row without it. */
    private static final int ABSENCES = 2;

    private final LedgerRules rules;
    private final Instant now;
    private final long nanos;
    private final Map<String, Entry> entries;
    private final @Nullable Instant atRiskSince;
    private final List<NoticeChange> changes = new ArrayList<>();
    private final List<Notice> first = new ArrayList<>();
    private final List<Notice> forgotten = new ArrayList<>();
    private @Nullable Drain drain;

    LedgerStep(NoticeLedger from, Instant now, long nanos) {
        this.rules = from.rules;
        this.now = now;
        this.nanos = nanos;
        this.entries = new LinkedHashMap<>(from.entries);
        this.drain = from.drain;
        this.atRiskSince = from.atRiskSince;
    }

    Admission admission() {
        return new Admission(
                new NoticeLedger(rules, entries, drain, atRiskSince),
                List.copyOf(changes),
                List.copyOf(first),
                List.copyOf(forgotten));
    }

    void read(SourceId source, List<Sighting> sightings, Duration skew, long answered) {
        // What is new goes first: a notice that replaces another must not find the drain already cancelled.
        Set<String> present = new LinkedHashSet<>(NoticeLedger.idsOf(sightings));
        for (Sighting sighting : sightings) {
            String id = entries.containsKey(sighting.id()) ? sighting.id() : movedFrom(source, sighting, present);
            Entry known = id == null ? null : entries.get(id);
            if (id == null || known == null) {
                meet(sighting, skew, answered);
            } else {
                present.add(id);
                meetAgain(id, sighting, known, skew);
            }
        }
        for (Map.Entry<String, Entry> each : List.copyOf(entries.entrySet())) {
            if (each.getValue().isFrom(source) && !present.contains(each.getKey())) {
                miss(each.getKey(), each.getValue().absent());
            }
        }
    }

    /** The id of the announcement in whose place this one stands; null if it is another. */
    private @Nullable String movedFrom(SourceId source, Sighting sighting, Set<String> present) {
        if (!source.saysOneThing()) {
            return null;
        }
        return entries.entrySet().stream()
                .filter(each -> each.getValue().isFrom(source) && !present.contains(each.getKey()))
                .filter(each -> each.getValue().notice().kind() == sighting.kind())
                .filter(each -> each.getValue().stage() != Stage.OVER && !isBehind(each.getValue()))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
    }

    /** The node has certainly outlived what this entry announced. */
    private boolean isBehind(Entry entry) {
        Instant deadline = entry.notice().deadline();
        return entry.rebooted() || (deadline != null && now.isAfter(deadline.plus(LedgerRules.FINAL_FOR)));
    }

    private void meet(Sighting sighting, Duration skew, long answered) {
        Instant deadline = sighting.due().deadline(firstSight(sighting), skew);
        Instant noticedAt = rules.isHint(sighting.kind()) ? announced(sighting) : now;
        Notice notice = new Notice(
                sighting.id(),
                sighting.kind(),
                sighting.behavesAs(),
                sighting.source(),
                deadline,
                noticedAt,
                answered,
                sighting.dryRun());
        Entry entry = new Entry(notice, Stage.OVER, 0, false);
        if (entry.isFinal() && deadline != null && now.isAfter(deadline.plus(LedgerRules.FINAL_FOR))) {
            entries.put(notice.id(), entry); // what the service still says of an interruption long past
            return;
        }
        first.add(notice);
        if (rules.isHint(notice.kind())) {
            entries.put(notice.id(), entry.at(Stage.HINT));
            changes.add(new NoticeChange.AtRisk(notice));
        } else if (waits(notice)) {
            entries.put(notice.id(), entry.at(Stage.WAITING));
            if (sighting.due() instanceof Due.Within) {
                // The source names no time: the mark on the Node keeps the first sight over a restart.
                changes.add(new NoticeChange.AtRisk(notice));
            }
        } else {
            hold(notice);
        }
    }

    private Instant announced(Sighting sighting) {
        Instant at = sighting.announcedAt();
        return at != null && at.isBefore(now) ? at : now;
    }

    private Instant firstSight(Sighting sighting) {
        boolean scheduled = sighting.behavesAs() == NoticeKind.MAINTENANCE || sighting.behavesAs() == NoticeKind.REBOOT;
        if (scheduled
                && atRiskSince != null
                && sighting.due() instanceof Due.Within within
                && atRiskSince.isBefore(now)
                && now.isBefore(atRiskSince.plus(within.window()))) {
            return atRiskSince;
        }
        return now;
    }

    private boolean waits(Notice notice) {
        Instant start = rules.startOf(notice.behavesAs(), notice.deadline());
        return start != null && now.isBefore(start);
    }

    private void meetAgain(String id, Sighting sighting, Entry known, Duration skew) {
        Entry entry = known.present();
        Instant deadline = sighting.due().deadline(now, skew);
        switch (entry.stage()) {
            case OVER, HINT -> entries.put(id, entry);
            case WAITING -> {
                // No drain relies on it yet: scheduled work that is moved, either way, is followed.
                boolean moved = sighting.due() instanceof Due.At
                        || isBefore(deadline, entry.notice().deadline());
                entries.put(id, moved ? entry.as(withDeadline(entry.notice(), deadline)) : entry);
            }
            case HOLDING -> {
                if (isBefore(deadline, entry.notice().deadline())) {
                    entry = entry.as(withDeadline(entry.notice(), deadline));
                    tighten(entry.notice());
                }
                entries.put(id, entry);
            }
        }
    }

    private void miss(String id, Entry entry) {
        Notice notice = entry.notice();
        Instant deadline = notice.deadline();
        boolean pastDeadline = deadline == null || !now.isBefore(deadline);
        if (entry.isFinal() && entry.stage() != Stage.OVER) {
            if (entry.rebooted()) {
                end(id, "the node was rebooted and the source names no interruption any more");
            } else if (deadline == null || !now.isBefore(deadline.plus(LedgerRules.FINAL_FOR))) {
                end(id, "its deadline is more than ten minutes past and the source no longer names it");
            } else {
                entries.put(id, entry);
            }
            return;
        }
        if (entry.absences() < ABSENCES) {
            entries.put(id, entry);
            return;
        }
        switch (entry.stage()) {
            case OVER -> entries.remove(id);
            case WAITING, HINT -> {
                entries.remove(id);
                if (entry.stage() == Stage.HINT || atRiskOnly(notice)) {
                    changes.add(new NoticeChange.Cancelled(notice, "the source no longer names it"));
                } else {
                    forgotten.add(notice);
                }
            }
            case HOLDING -> {
                boolean done = drain != null && drain.done() && drain.holders().contains(id);
                if (done) {
                    // The node is empty and stays so until the interruption is over; a rehearsal ends with its drain.
                    if (pastDeadline || entry.rebooted() || notice.kind() == NoticeKind.SIMULATED) {
                        end(id, "the source no longer names it");
                    } else {
                        entries.put(id, entry);
                    }
                } else if (entry.rebooted() || (deadline != null && pastDeadline)) {
                    end(id, "the source no longer names it and its deadline has passed");
                } else {
                    cancel(id);
                }
            }
        }
    }

    /** Of a waiting notice the pipeline has heard only where its source names no time. */
    private boolean atRiskOnly(Notice notice) {
        return notice.source().equals(SourceId.GCP_MAINTENANCE.label());
    }

    private void hold(Notice notice) {
        Notice lead = drain == null ? null : drain.lead();
        entries.put(notice.id(), new Entry(notice, Stage.HOLDING, 0, false));
        if (drain == null || lead == null) {
            begin(notice, Set.of());
        } else if (lead.kind() == NoticeKind.SIMULATED && lead.dryRun() && notice.kind() != NoticeKind.SIMULATED) {
            // Nothing of a dry rehearsal was written, so there is nothing to take over.
            if (!drain.done()) {
                changes.add(new NoticeChange.Cancelled(lead, "a real notice ends the rehearsal"));
            }
            begin(notice, drain.holders());
        } else if (!outranks(notice, lead)) {
            keep(drain.lead(), notice.id(), drain.done());
        } else if (drain.done()) {
            begin(notice, drain.holders());
        } else {
            Notice merged = merge(lead, notice);
            keep(merged, notice.id(), false);
            changes.add(new NoticeChange.TookOver(lead, merged));
        }
    }

    private void begin(Notice notice, Set<String> others) {
        Set<String> holders = new LinkedHashSet<>(others);
        holders.add(notice.id());
        drain = new Drain(notice, Set.copyOf(holders), false);
        changes.add(new NoticeChange.Began(notice));
    }

    private void keep(Notice lead, String holder, boolean done) {
        Set<String> holders = new LinkedHashSet<>(drain == null ? Set.of() : drain.holders());
        holders.add(holder);
        drain = new Drain(lead, Set.copyOf(holders), done);
    }

    /** More certain, or as real and earlier. A rehearsal never outranks anything but another rehearsal. */
    private static boolean outranks(Notice notice, Notice lead) {
        int certainty = LedgerRules.certainty(notice);
        int leading = LedgerRules.certainty(lead);
        boolean rehearsal = notice.kind() == NoticeKind.SIMULATED && lead.kind() != NoticeKind.SIMULATED;
        return certainty > leading || (!rehearsal && isBefore(notice.deadline(), lead.deadline()));
    }

    /** The kind of the more certain one and the earlier deadline, under the id of the drain that runs. */
    private static Notice merge(Notice lead, Notice notice) {
        boolean surer = LedgerRules.certainty(notice) >= LedgerRules.certainty(lead);
        Notice base = surer ? notice : lead;
        boolean rehearsal = lead.kind() == NoticeKind.SIMULATED && base.kind() != NoticeKind.SIMULATED;
        Instant deadline = rehearsal || isBefore(notice.deadline(), lead.deadline()) || lead.deadline() == null
                ? notice.deadline()
                : lead.deadline();
        return new Notice(
                lead.id(),
                base.kind(),
                base.behavesAs(),
                base.source(),
                deadline,
                base.noticedAt(),
                notice.answeredNanos(),
                base.dryRun());
    }

    private void tighten(Notice notice) {
        if (drain == null || drain.done() || !drain.holders().contains(notice.id())) {
            return;
        }
        Notice lead = drain.lead();
        boolean rehearsal = notice.kind() == NoticeKind.SIMULATED && lead.kind() != NoticeKind.SIMULATED;
        if (!rehearsal && isBefore(notice.deadline(), lead.deadline())) {
            Notice tightened = withDeadline(lead, notice.deadline());
            drain = new Drain(tightened, drain.holders(), false);
            changes.add(new NoticeChange.TookOver(lead, tightened));
        }
    }

    private void cancel(String id) {
        Notice lead = release(id);
        if (lead != null) {
            changes.add(new NoticeChange.Cancelled(lead, "the source no longer names it"));
        }
    }

    private void end(String id, String reason) {
        Notice lead = release(id);
        if (lead != null) {
            changes.add(new NoticeChange.Ended(lead, reason));
        }
    }

    /** Takes one holder away; the drain's notice if that was the last one. */
    private @Nullable Notice release(String id) {
        entries.remove(id);
        if (drain == null || !drain.holders().contains(id)) {
            return null;
        }
        Set<String> left = new LinkedHashSet<>(drain.holders());
        left.remove(id);
        Notice lead = drain.lead();
        if (lead.kind() != NoticeKind.SIMULATED) {
            left.removeIf(this::isRehearsal); // a rehearsal keeps no real drain alive
        }
        drain = left.isEmpty() ? null : new Drain(lead, Set.copyOf(left), drain.done());
        return left.isEmpty() ? lead : null;
    }

    private boolean isRehearsal(String id) {
        Entry entry = entries.get(id);
        return entry != null && entry.notice().kind() == NoticeKind.SIMULATED;
    }

    void startWhatIsDue() {
        for (Map.Entry<String, Entry> each : List.copyOf(entries.entrySet())) {
            Notice notice = each.getValue().notice();
            if (each.getValue().stage() == Stage.WAITING && !waits(notice)) {
                hold(new Notice(
                        notice.id(),
                        notice.kind(),
                        notice.behavesAs(),
                        notice.source(),
                        notice.deadline(),
                        now,
                        nanos,
                        notice.dryRun()));
            }
        }
    }

    private static Notice withDeadline(Notice notice, @Nullable Instant deadline) {
        return new Notice(
                notice.id(),
                notice.kind(),
                notice.behavesAs(),
                notice.source(),
                deadline,
                notice.noticedAt(),
                notice.answeredNanos(),
                notice.dryRun());
    }

    private static boolean isBefore(@Nullable Instant one, @Nullable Instant other) {
        return one != null && (other == null || one.isBefore(other));
    }
}
