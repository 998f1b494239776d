package dev.lastcall.serving;

import dev.lastcall.drain.DrainRecord.Baseline;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.RequestCounts;
import dev.lastcall.drain.ServingSide;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Reads one engine again and again on a virtual thread, from the notice until its pod is gone. */
final class EngineWatch implements ServingSide.Watched {
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration LAST_READ_TIMEOUT = Duration.ofMillis(250);
    /** After the signal every reading may be the last: read fast until the engine is gone. */
    private static final Duration AFTER_SIGNAL = Duration.ofMillis(100);

    private final PodView pod;
    private final EngineClient client;
    private final ServingSettings settings;
    private final Runnable changed;
    private final Thread reader;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition wake = lock.newCondition();

    private volatile @Nullable RequestLedger ledger;
    private volatile @Nullable Baseline baseline;
    private volatile boolean settled;
    private volatile boolean signalled;
    private volatile int quiet;
    private volatile long lastReadNanos;
    private long newestAsked = Long.MIN_VALUE;
    private volatile @Nullable Duration ageAtSignal;
    private volatile Duration use;

    EngineWatch(
            PodView pod, Optional<Baseline> resumed, EngineClient client, ServingSettings settings, Runnable changed) {
        this.pod = pod;
        this.client = client;
        this.settings = settings;
        this.changed = changed;
        this.use = EngineShutdown.use(pod, null);
        resumed.ifPresent(before -> {
            baseline = before;
            ledger = RequestLedger.first(new EngineReading(before.inFlight(), before.finished(), before.aborted()));
        });
        this.reader = Thread.ofVirtual().name("engine-" + pod.ref()).start(this::readOn);
    }

    private void readOn() {
        try {
            boolean versionRead = !EngineShutdown.dependsOnVersion(pod);
            while (true) {
                read(READ_TIMEOUT);
                if (!versionRead) {
                    Optional<String> version = client.version(pod, READ_TIMEOUT);
                    version.ifPresent(text -> use = EngineShutdown.use(pod, text));
                    versionRead = version.isPresent();
                    changed.run();
                }
                lock.lock();
                try {
                    // Under the lock: a signal that comes in between must not wait for the longer pause.
                    Duration pause = signalled ? AFTER_SIGNAL : settings.pollInterval();
                    var _ = wake.await(pause.toNanos(), TimeUnit.NANOSECONDS);
                } finally {
                    lock.unlock();
                }
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private void read(Duration timeout) throws InterruptedException {
        boolean before = signalled;
        boolean counts = settled;
        long asked = System.nanoTime();
        Optional<EngineReading> answer = client.reading(pod, timeout);
        if (answer.isEmpty()) {
            return;
        }
        EngineReading now = answer.get();
        lock.lock();
        try {
            // Two readings can be under way at once; one that was asked for earlier must not be counted later.
            if (asked < newestAsked) {
                return;
            }
            newestAsked = asked;
            RequestLedger known = ledger;
            ledger = known == null ? RequestLedger.first(now) : known.next(now, before);
            if (baseline == null) {
                baseline = new Baseline(now.inFlight(), now.finished(), now.aborted());
            }
            lastReadNanos = System.nanoTime();
            quiet = counts && now.inFlight() == 0 ? quiet + 1 : 0;
        } finally {
            lock.unlock();
        }
        changed.run();
    }

    @Override
    public Optional<Baseline> baseline() {
        return Optional.ofNullable(baseline);
    }

    @Override
    public Optional<Long> inFlight() {
        RequestLedger known = ledger;
        return known == null ? Optional.empty() : Optional.of(known.last().inFlight());
    }

    @Override
    public boolean idle() {
        return quiet >= settings.idleReads();
    }

    @Override
    public void settled() {
        settled = true;
    }

    @Override
    public Duration use() {
        return use;
    }

    @Override
    public void readOnceMore() {
        if (idle()) {
            return;
        }
        try {
            read(LAST_READ_TIMEOUT);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void signalled() {
        if (signalled) {
            return;
        }
        lock.lock();
        try {
            signalled = true;
            // A baseline taken over from before a restart is no reading of this life.
            boolean read = newestAsked != Long.MIN_VALUE;
            ageAtSignal = read ? Duration.ofNanos(System.nanoTime() - lastReadNanos) : null;
            wake.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public ServingSide.Tally gone() {
        RequestLedger known = ledger;
        return known == null
                ? new ServingSide.Tally(false, RequestCounts.NONE, null)
                : new ServingSide.Tally(true, known.gone(), ageAtSignal);
    }

    @Override
    public ServingSide.Tally tally() {
        RequestLedger known = ledger;
        return known == null
                ? new ServingSide.Tally(false, RequestCounts.NONE, null)
                : new ServingSide.Tally(true, known.running(), ageAtSignal);
    }

    @Override
    public void close() {
        reader.interrupt();
    }
}
