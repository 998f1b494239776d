package dev.lastcall.notice;

import dev.lastcall.notice.NoticeLedger.Admission;
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
    private final DrainClaims claims;

    LedgerStep(NoticeLedger from, Instant now, long nanos) {
        this.rules = from.rules;
        this.now = now;
        this.nanos = nanos;
        this.entries = new LinkedHashMap<>(from.entries);
        this.claims = new DrainClaims(from.drain, changes);
        this.atRiskSince = from.atRiskSince;
    }

    Admission admission() {
        return new Admission(
                new NoticeLedger(rules, entries, claims.drain(), atRiskSince),
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
        Instant noticedAt = rules.isHint(sighting.behavesAs()) ? announced(sighting) : now;
        Notice notice = new Notice(sighting.interruption(deadline), noticedAt, answered);
        Entry entry = new Entry(notice, Stage.OVER, 0, false);
        if (entry.isFinal() && deadline != null && now.isAfter(deadline.plus(LedgerRules.FINAL_FOR))) {
            entries.put(notice.id(), entry); // what the service still says of an interruption long past
            return;
        }
        first.add(notice);
        if (rules.isHint(notice.behavesAs())) {
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
        Notice before = entry.notice();
        Notice after = before.withDeadline(sighting.due().deadline(now, skew));
        switch (entry.stage()) {
            case OVER -> {
                Instant deadline = after.deadline();
                if (entry.rebooted()
                        && LedgerRules.certainty(after) == LedgerRules.CERTAIN
                        && deadline != null
                        && now.isBefore(deadline)) {
                    hold(after.begunAt(now, nanos)); // the machine was started anew, and is still going to be taken
                } else {
                    entries.put(id, entry);
                }
            }
            case HINT -> entries.put(id, entry);
            case WAITING -> {
                // No drain relies on it yet: scheduled work that is moved, either way, is followed.
                boolean moved = sighting.due().namesTimeAfter(now, skew) || after.isEarlierThan(before);
                entries.put(id, moved ? entry.as(after) : entry);
            }
            case HOLDING -> {
                boolean earlier = after.isEarlierThan(before);
                entries.put(id, earlier ? entry.as(after) : entry);
                if (earlier) {
                    claims.tighten(after);
                }
            }
        }
    }

    private void miss(String id, Entry entry) {
        Notice notice = entry.notice();
        Instant deadline = notice.deadline();
        boolean pastDeadline = deadline == null || !now.isBefore(deadline);
        if (entry.isFinal() && entry.stage() != Stage.OVER) {
            if (deadline == null || !now.isBefore(deadline.plus(LedgerRules.FINAL_FOR))) {
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
                if (claims.isDone(id)) {
                    // The node is empty and stays so until the interruption is over; a simulated notice ends with its
                    // drain.
                    if (pastDeadline || notice.isSimulated()) {
                        end(id, "the source no longer names it");
                    } else {
                        entries.put(id, entry);
                    }
                } else if (deadline != null && pastDeadline) {
                    end(id, "the source no longer names it and its deadline has passed");
                } else {
                    cancel(id);
                }
            }
        }
    }

    /** True if the pipeline already knows this waiting notice: only sources that give no time (GCP maintenance) report it early. */
    private boolean atRiskOnly(Notice notice) {
        return notice.source().equals(SourceId.GCP_MAINTENANCE.label());
    }

    private void hold(Notice notice) {
        entries.put(notice.id(), new Entry(notice, Stage.HOLDING, 0, false));
        claims.claim(notice);
    }

    private void cancel(String id) {
        entries.remove(id);
        claims.release(id, this::isSimulated)
                .ifPresent(lead -> changes.add(new NoticeChange.Cancelled(lead, "the source no longer names it")));
    }

    private void end(String id, String reason) {
        entries.remove(id);
        claims.release(id, this::isSimulated).ifPresent(lead -> changes.add(new NoticeChange.Ended(lead, reason)));
    }

    void startWhatIsDue() {
        for (Entry each : List.copyOf(entries.values())) {
            if (each.stage() == Stage.WAITING && !waits(each.notice())) {
                hold(each.notice().begunAt(now, nanos));
            }
        }
    }

    /** Of a source that is not read there is never a "none": time has to do. */
    void endWhatNobodyNames(Set<String> sources) {
        for (Entry each : List.copyOf(entries.values())) {
            Notice notice = each.notice();
            Instant deadline = notice.deadline();
            Instant due = deadline == null ? notice.noticedAt() : deadline;
            if (each.stage() == Stage.HOLDING
                    && !sources.contains(notice.source())
                    && now.isAfter(due.plus(LedgerRules.FINAL_FOR))) {
                end(
                        notice.id(),
                        "its deadline is more than ten minutes past and this agent has no source " + notice.source());
            }
        }
    }

    private boolean isSimulated(String id) {
        Entry entry = entries.get(id);
        return entry != null && entry.notice().isSimulated();
    }
}
