package dev.lastcall.notice;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns readings into notices: the same announcement polled sixty times begins one drain, deadlines only tighten, and
 * only an answer, never its absence, takes something back. A value: every admission gives a new ledger and what the
 * pipeline has to hear. The rules stand in docs/CLOUDS.md; {@link LedgerStep} applies them.
 */
public final class NoticeLedger {

    final LedgerRules rules;
    final Map<String, Entry> entries;
    final @Nullable Drain drain;
    final @Nullable Instant atRiskSince;

    NoticeLedger(LedgerRules rules, Map<String, Entry> entries, @Nullable Drain drain, @Nullable Instant atRiskSince) {
        this.rules = rules;
        this.entries = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(entries));
        this.drain = drain;
        this.atRiskSince = atRiskSince;
    }

    /** A ledger that knows nothing. */
    public static NoticeLedger empty(LedgerRules rules) {
        return new NoticeLedger(rules, Map.of(), null, null);
    }

    /**
     * A ledger that remembers what the Node's annotations say: a resumed notice is known, it does not begin again. One of
     * an earlier boot is over: what was announced has come, or will not.
     */
    public static NoticeLedger resumed(LedgerRules rules, NodeFacts facts) {
        Optional<ResumedNotice> resumed = facts.resumed();
        if (resumed.isEmpty()) {
            return new NoticeLedger(rules, Map.of(), null, facts.atRiskSince());
        }
        ResumedNotice earlier = resumed.get();
        Notice notice = earlier.notice();
        Entry entry = new Entry(notice, Stage.HOLDING, 0, false);
        NoticeLedger ledger = new NoticeLedger(
                rules,
                Map.of(notice.id(), entry),
                new Drain(notice, Set.of(notice.id()), earlier.done()),
                facts.atRiskSince());
        return earlier.rebootedSince(facts.bootId()) ? ledger.rebooted() : ledger;
    }

    /**
     * The node has another boot than the one in which its drain began: whatever held that drain is over. A source that goes
     * on naming an interruption whose time is still ahead, and that nothing but the end of the node can follow, begins it
     * anew.
     */
    public NoticeLedger rebooted() {
        Map<String, Entry> after = new LinkedHashMap<>();
        entries.forEach((id, entry) ->
                after.put(id, entry.stage() == Stage.HOLDING ? new Entry(entry.notice(), Stage.OVER, 0, true) : entry));
        return new NoticeLedger(rules, after, null, atRiskSince);
    }

    /**
     * One reading of one source.
     *
     * @param now on this node's clock
     * @param nanos {@link System#nanoTime()} now, from which a drain counts that starts by the clock
     */
    public Admission admit(SourceId source, Observation observation, Instant now, long nanos) {
        LedgerStep step = new LedgerStep(this, now, nanos);
        switch (observation) {
            case Observation.Failed failed -> {} // an error takes nothing back
            case Observation.Nothing() -> step.read(source, List.of(), Duration.ZERO, nanos);
            case Observation.Seen seen -> step.read(source, seen.sightings(), seen.clockSkew(), seen.answeredNanos());
        }
        step.startWhatIsDue();
        return step.admission();
    }

    /**
     * Time has passed: starts what waited for its lead time, and ends what nobody is left to end.
     *
     * @param sources names of the sources that this agent reads; a notice of another one (of another provider, of an older
     *     version) is over ten minutes after its deadline
     */
    public Admission tick(Instant now, long nanos, Set<String> sources) {
        LedgerStep step = new LedgerStep(this, now, nanos);
        step.startWhatIsDue();
        step.endWhatNobodyNames(sources);
        return step.admission();
    }

    /** The drain of this notice has ended; a notice withdrawn from now on cancels nothing. */
    public NoticeLedger drained(String id) {
        if (drain == null || !drain.lead().id().equals(id) || drain.done()) {
            return this;
        }
        return new NoticeLedger(rules, entries, new Drain(drain.lead(), drain.holders(), true), atRiskSince);
    }

    /** The notice of the drain that runs or has run and still stands; empty if there is none. */
    public Optional<Notice> draining() {
        return Optional.ofNullable(drain).map(Drain::lead);
    }

    /** Everything that is announced and not over: hints, what waits for its lead time, and what holds a drain. */
    public List<Notice> active() {
        return entries.values().stream()
                .filter(entry -> entry.stage() != Stage.OVER)
                .map(Entry::notice)
                .toList();
    }

    /** True if something from this source is known, so that its absence means something. */
    public boolean knowsFrom(SourceId source) {
        return entries.values().stream().anyMatch(entry -> entry.isFrom(source));
    }

    /**
     * The outcome of one admission.
     *
     * @param ledger what is known from now on
     * @param changes for the pipeline, in order
     * @param first notices nobody has seen before, whether they begin now, wait, or are hints: what is counted
     * @param forgotten notices that were withdrawn while they waited, of which the pipeline never saw
     */
    public record Admission(
            NoticeLedger ledger, List<NoticeChange> changes, List<Notice> first, List<Notice> forgotten) {}

    enum Stage {
        WAITING,
        HINT,
        HOLDING,
        OVER
    }

    /** What is known of one announcement. {@code absences}: successful readings in a row without it. */
    record Entry(Notice notice, Stage stage, int absences, boolean rebooted) {
        boolean isFrom(SourceId source) {
            return notice.source().equals(source.label());
        }

        boolean isFinal() {
            return notice.isFinal();
        }

        Entry present() {
            return new Entry(notice, stage, 0, rebooted);
        }

        Entry absent() {
            return new Entry(notice, stage, absences + 1, rebooted);
        }

        Entry as(Notice other) {
            return new Entry(other, stage, absences, rebooted);
        }

        Entry at(Stage other) {
            return new Entry(notice, other, absences, rebooted);
        }
    }

    /** The running or finished drain: its leading notice (kind and deadline in force) and all that hold it up. */
    record Drain(Notice lead, Set<String> holders, boolean done) {}

    static Collection<String> idsOf(List<Sighting> sightings) {
        return sightings.stream().map(Sighting::id).toList();
    }
}
