package dev.lastcall.bench.requests;

import dev.lastcall.drain.DrainRecord.Baseline;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.RequestCounts;
import dev.lastcall.drain.ServingSide;
import dev.lastcall.drain.run.Waiting;
import dev.lastcall.serving.EngineShutdown;
import dev.lastcall.serving.RequestLedger;
import dev.lastcall.serving.ServingSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An engine's counters, read in stepped time at the agent's pace and counted by its ledger. It stands in for the agent's own reader,
 * which asks over HTTP in real time.
 */
final class ReadEngine implements ServingSide.Watched {
    private static final Duration AFTER_SIGNAL = Duration.ofMillis(100);

    private final SimEngine engine;
    private final Waiting time;
    private final ServingSettings settings;
    private final Runnable changed;
    private final Duration finishTime;
    private final Optional<Duration> requestTime;
    private @Nullable RequestLedger ledger;
    private @Nullable Baseline baseline;
    private boolean countsIdleReads;
    private boolean signalled;
    private boolean closed;
    private int quiet;
    private @Nullable Instant lastRead;
    private @Nullable Duration age;

    ReadEngine(
            PodView pod,
            SimEngine engine,
            Optional<Duration> requestTime,
            Waiting time,
            ServingSettings settings,
            Runnable changed) {
        this.engine = engine;
        this.time = time;
        this.settings = settings;
        this.changed = changed;
        this.finishTime = EngineShutdown.finishTimeAfterSignal(pod, EngineModel.VERSION);
        this.requestTime = requestTime;
        time.start("engine-" + pod.ref(), this::readOn);
    }

    private void readOn() {
        try {
            while (!isClosed()) {
                boolean hurry = hurries();
                read();
                var _ = time.await(
                        () -> isClosed() || hurry != hurries(),
                        time.now().plus(hurry ? AFTER_SIGNAL : settings.pollInterval()));
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private synchronized boolean hurries() {
        return signalled;
    }

    private void read() {
        Instant now = time.now();
        synchronized (this) {
            var page = engine.reading(now);
            if (page.isEmpty()) {
                return;
            }
            RequestLedger before = ledger;
            RequestLedger after = before == null ? RequestLedger.first(page.get()) : before.next(page.get(), signalled);
            ledger = after;
            if (baseline == null) {
                baseline = new Baseline(
                        page.get().inFlight(), page.get().finished(), page.get().aborted());
            }
            lastRead = now;
            quiet = countsIdleReads && page.get().inFlight() == 0 ? quiet + 1 : 0;
        }
        changed.run();
    }

    @Override
    public synchronized Optional<Baseline> baseline() {
        return Optional.ofNullable(baseline);
    }

    @Override
    public synchronized Optional<Long> inFlight() {
        return Optional.ofNullable(ledger).map(known -> known.last().inFlight());
    }

    @Override
    public Optional<Duration> requestTime() {
        return requestTime;
    }

    @Override
    public synchronized boolean idle() {
        return quiet >= settings.idleReads();
    }

    @Override
    public synchronized void startCountingIdleReads() {
        countsIdleReads = true;
    }

    @Override
    public Duration finishTimeAfterSignal() {
        return finishTime;
    }

    @Override
    public void readOnceMore() {
        if (!idle()) {
            read();
        }
    }

    @Override
    public void signalled() {
        synchronized (this) {
            Instant last = lastRead;
            if (!signalled && last != null) {
                age = Duration.between(last, time.now());
            }
            signalled = true;
        }
        time.signal();
    }

    @Override
    public synchronized ServingSide.Tally gone() {
        RequestLedger known = ledger;
        return known == null
                ? new ServingSide.Tally(false, RequestCounts.NONE, null)
                : new ServingSide.Tally(true, known.gone(), age);
    }

    @Override
    public synchronized ServingSide.Tally tally() {
        RequestLedger known = ledger;
        return known == null
                ? new ServingSide.Tally(false, RequestCounts.NONE, null)
                : new ServingSide.Tally(true, known.running(), age);
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        time.signal();
    }
}
