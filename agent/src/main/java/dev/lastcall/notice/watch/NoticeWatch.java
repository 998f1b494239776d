package dev.lastcall.notice.watch;

import dev.lastcall.notice.LedgerRules;
import dev.lastcall.notice.NodeFacts;
import dev.lastcall.notice.NodeSigns;
import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeChange;
import dev.lastcall.notice.NoticeLedger;
import dev.lastcall.notice.NoticeLedger.Admission;
import dev.lastcall.notice.NoticeSource;
import dev.lastcall.notice.Observation;
import dev.lastcall.notice.SourceHealth;
import dev.lastcall.notice.SourceId;
import dev.lastcall.notice.SourceStates;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.random.RandomGenerator.SplittableGenerator;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Drives the sources, keeps the ledger, and passes on what changes, in order and without loss. Readings come on the
 * sources' threads; changes leave on a thread of their own, so that a slow reader of changes blinds no source.
 */
public final class NoticeWatch implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(NoticeWatch.class);
    /** How long a source that does not answer is waited for before its silence counts as "nothing". */
    private static final Duration FIRST_WORD = Duration.ofSeconds(5);

    private static final Duration STOP_LIMIT = Duration.ofSeconds(2);

    /** Where the changes and the news of blindness go. */
    public record Outlet(Consumer<NoticeChange> changes, Consumer<SourceHealth> blind) {}

    private final LedgerRules rules;
    private final InstantSource clock;
    private final Ticks ticks;
    private final SourceNews news;
    private final SourceStates states;
    private final Outlet outlet;
    private final BlockingQueue<NoticeChange> out = new LinkedBlockingQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Blindness blindness;
    /** What was offered before the ledger knew the Node: admitted to the one that does. */
    private final Map<SourceId, Observation> early = new EnumMap<>(SourceId.class);

    private NoticeLedger ledger;
    private @Nullable Instant startedAt;
    private @Nullable ChosenSources sources;
    private @Nullable SplittableGenerator random;
    private @Nullable NodeSigns signs;
    private final Map<SourceId, String> complaints = new EnumMap<>(SourceId.class);

    public NoticeWatch(
            LedgerRules rules,
            Duration blindAfter,
            InstantSource clock,
            Ticks ticks,
            SourceNews news,
            SourceStates states,
            Outlet outlet) {
        this.rules = rules;
        this.clock = clock;
        this.ticks = ticks;
        this.news = news;
        this.states = states;
        this.outlet = outlet;
        this.blindness = new Blindness(states, blindAfter, outlet.blind());
        this.ledger = NoticeLedger.empty(rules);
    }

    /** Begins to ask. Called once. */
    public synchronized void start(NodeFacts facts, ChosenSources chosen, SplittableGenerator seeds) {
        ledger = NoticeLedger.resumed(rules, facts);
        sources = chosen;
        random = seeds;
        startedAt = clock.instant();
        news.active(ledger.active());
        run("notice-changes", this::passOn);
        askNew(chosen, seeds);
        run("notice-clock", this::tickOn);
        if (signs != null) {
            readSigns(signs, System.nanoTime(), true);
        }
        early.forEach((source, observation) -> admit(source, observation, clock.instant()));
        early.clear();
        LOG.infof("notices: %s", chosen.describe());
    }

    private void askNew(ChosenSources from, SplittableGenerator seeds) {
        for (SourceGroup group : from.newGroups(this::observed, seeds)) {
            for (NoticeSource.Polled source : group.sources()) {
                states.starting(source.id(), clock.instant(), source.interval());
                news.source(SourceHealth.starting(source.id(), clock.instant()));
            }
            run(group.name(), group);
        }
    }

    private void run(String name, Runnable work) {
        threads.add(Thread.ofVirtual().name(name).start(work));
    }

    /** The own Node has changed. */
    public synchronized void nodeChanged(NodeSigns now) {
        signs = now;
        readSigns(now, System.nanoTime(), true);
    }

    /** A reading of a source that something else keeps, such as the GPUs' recovery action. */
    public synchronized void offer(SourceId source, Observation observation) {
        if (startedAt == null) {
            early.put(source, observation);
        } else {
            admit(source, observation, clock.instant());
        }
    }

    /** The drain of this notice has ended. */
    public synchronized void drained(String id) {
        ledger = ledger.drained(id);
    }

    /** What the node has to be drained for, its drain under way, done or about to begin; empty if nothing. */
    public synchronized Optional<Notice> held() {
        return ledger.draining();
    }

    /** The node has another boot than its drain. */
    public synchronized void rebooted() {
        ledger = ledger.rebooted();
        news.active(ledger.active());
    }

    /** Whether every source has said something by now, or had the time to. */
    public synchronized boolean heard() {
        Instant since = startedAt;
        return since != null && (states.allHeard() || !clock.instant().isBefore(since.plus(FIRST_WORD)));
    }

    public synchronized List<Notice> active() {
        return ledger.active();
    }

    private void observed(NoticeSource.Polled source, Observation observation) {
        Instant now = clock.instant();
        // First, so that a source whose reading cannot be taken is told by its health all the same.
        SourceStates.Step step = states.record(source.id(), observation, now);
        news.source(step.after());
        if (observation instanceof Observation.Failed failed) {
            news.sourceFailed(source.id(), failed.code());
            if (step.after().failures() == 1) {
                LOG.warnf(
                        "notice source %s does not answer (%s: %s); likely cause: %s",
                        source.id().label(),
                        failed.code(),
                        failed.detail(),
                        step.after().likelyCause());
            }
        } else if (step.before().failures() > 0) {
            LOG.infof(
                    "notice source %s answers again after %d failed readings",
                    source.id().label(), step.before().failures());
        }
        admit(source.id(), observation, now);
    }

    private synchronized void admit(SourceId source, Observation observation, Instant now) {
        take(ledger.admit(source, observation, now, System.nanoTime()));
    }

    private void readSigns(NodeSigns now, long nanos, boolean fresh) {
        if (sources == null) {
            return;
        }
        for (NoticeSource.Watched source : sources.watched()) {
            // Without news it is read again only to confirm that something known is gone.
            if (fresh || ledger.knowsFrom(source.id())) {
                Observation observation = source.observe(now, nanos);
                take(ledger.admit(source.id(), observation, clock.instant(), nanos));
                complain(source.id(), observation);
            }
        }
    }

    /** A person's mistake on the Node is said once, not with every change of the Node. */
    private void complain(SourceId id, Observation observation) {
        if (!(observation instanceof Observation.Failed failed)) {
            complaints.remove(id);
        } else if (!failed.detail().equals(complaints.put(id, failed.detail()))) {
            LOG.warnf("notice source %s: %s", id.label(), failed.detail());
        }
    }

    private synchronized void tick() {
        if (signs != null) {
            readSigns(signs, System.nanoTime(), false);
        }
        Set<String> names = sources == null ? Set.of() : sources.names();
        take(ledger.tick(clock.instant(), System.nanoTime(), names));
        if (sources != null && random != null) {
            askNew(sources, random);
        }
    }

    private void take(Admission admission) {
        boolean changed = !admission.ledger().active().equals(ledger.active());
        ledger = admission.ledger();
        out.addAll(admission.changes());
        admission.first().forEach(notice -> {
            news.noticed(notice);
            LOG.warnf(
                    "notice %s from %s: deadline %s, id %s%s",
                    notice.kind().label(),
                    notice.source(),
                    notice.deadline() == null ? "none" : notice.deadline(),
                    notice.id(),
                    notice.dryRun() ? " (dry run)" : "");
        });
        admission
                .forgotten()
                .forEach(notice -> LOG.infof(
                        "notice %s from %s withdrawn before it began, id %s",
                        notice.kind().label(), notice.source(), notice.id()));
        if (changed) {
            news.active(ledger.active());
        }
    }

    private void passOn() {
        try {
            while (true) {
                NoticeChange change = out.take();
                try {
                    outlet.changes().accept(change);
                } catch (RuntimeException failed) {
                    LOG.errorf(failed, "a notice change was not taken: %s", change);
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private void tickOn() {
        try {
            while (true) {
                ticks.next();
                tick();
                blindness.report(clock.instant());
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops asking; returns when the threads have ended, two seconds at most. */
    @Override
    public void close() {
        List<Thread> running;
        ChosenSources used;
        synchronized (this) {
            running = List.copyOf(threads);
            used = sources;
            threads.clear();
        }
        running.forEach(Thread::interrupt);
        long end = System.nanoTime() + STOP_LIMIT.toNanos();
        try {
            for (Thread each : running) {
                each.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
        if (used != null) {
            used.close();
        }
    }
}
