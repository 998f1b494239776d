package dev.lastcall.serving;

import dev.lastcall.drain.DrainRecord.Baseline;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.RequestCounts;
import dev.lastcall.drain.ServingSide;
import dev.lastcall.serving.findings.EndedRequests;
import dev.lastcall.serving.findings.GeneratedTokens;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the engines of one pod again and again on a virtual thread, from the notice until the pod is gone. What it reads
 * is asked anew each time: a pod that was bound just before the notice gets its address later.
 */
final class EngineWatch implements ServingSide.Watched {
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration LAST_READ_TIMEOUT = Duration.ofMillis(250);
    /** After the signal every reading may be the last: read fast until the engine is gone. */
    private static final Duration AFTER_SIGNAL = Duration.ofMillis(100);

    private final PodView pod;
    private final Supplier<Optional<PodView>> latest;
    private final EngineClient client;
    private final ServingSettings settings;
    private final Runnable changed;
    private final Thread reader;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition wake = lock.newCondition();

    private volatile PodLedger ledger = PodLedger.EMPTY;
    private volatile EngineRound round = EngineRound.NONE;
    private volatile @Nullable Baseline baseline;
    private volatile @Nullable String defect;
    private volatile RequestPace pace = RequestPace.UNKNOWN;
    private volatile @Nullable String trouble;
    private volatile boolean countsIdleReads;
    private volatile boolean signalled;
    private volatile int quiet;
    private volatile long lastReadNanos;
    private long newestAsked = Long.MIN_VALUE;
    private volatile @Nullable Duration ageAtSignal;
    private volatile Duration finishTime;
    private @Nullable String version;

    /** @param latest the pod as the API server last showed it; empty once it is gone */
    EngineWatch(
            PodView pod,
            Supplier<Optional<PodView>> latest,
            Optional<Baseline> resumed,
            EngineClient client,
            ServingSettings settings,
            Runnable changed) {
        this.pod = pod;
        this.latest = latest;
        this.client = client;
        this.settings = settings;
        this.changed = changed;
        this.finishTime = EngineShutdown.finishTimeAfterSignal(pod, null);
        resumed.ifPresent(before -> {
            baseline = before;
            ledger = PodLedger.resumed(before);
        });
        this.reader = Thread.ofVirtual().name("engine-" + pod.ref()).start(this::readOn);
    }

    private void readOn() {
        try {
            while (true) {
                try {
                    read(READ_TIMEOUT);
                    if (version == null) {
                        readVersion();
                    }
                } catch (RuntimeException unforeseen) {
                    // A page that breaks the reader costs this reading. Silence for good would hold the pod to the end.
                    defect = unforeseen.toString();
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

    private PodView now() {
        return latest.get().orElse(pod);
    }

    private void read(Duration timeout) throws InterruptedException {
        boolean before = signalled;
        boolean counts = countsIdleReads;
        long asked = System.nanoTime();
        EngineEndpoints at = EngineEndpoints.of(now());
        Map<Integer, EngineAnswer> answers = client.pages(at, round.ask(at), timeout);
        lock.lock();
        try {
            // Two readings can be under way at once; one that was asked for earlier must not be counted later.
            if (asked < newestAsked) {
                return;
            }
            EngineRound heard = round.next(at, answers);
            round = heard;
            if (!before) {
                // Of an engine that has been told to go it is no news that it does not answer.
                trouble = heard.trouble();
            }
            if (heard.readings().isEmpty()) {
                return;
            }
            newestAsked = asked;
            ledger = ledger.next(heard.readings(), before);
            if (baseline == null) {
                baseline = ledger.baseline();
            }
            // Anew each time: the last of a service gets everybody's requests, and takes longer over each.
            List<String> pages = EngineAnswer.pages(answers.values());
            Optional<EndedRequests> times = EndedRequests.sinceStart(pages);
            pace = heard.complete()
                    ? pace.next(asked, ledger.inFlight(), GeneratedTokens.total(pages), times)
                    : pace.partly(times);
            lastReadNanos = System.nanoTime();
            boolean nothing = heard.complete() && ledger.inFlight() == 0;
            quiet = counts && nothing ? quiet + 1 : 0;
        } finally {
            lock.unlock();
        }
        changed.run();
    }

    @Override
    public Optional<Duration> requestTime() {
        return pace.requestTime();
    }

    @Override
    public OptionalDouble endingWithin(Duration left) {
        EndedRequests times = pace.ended();
        return times == null ? OptionalDouble.empty() : OptionalDouble.of(times.endingWithin(left));
    }

    @Override
    public boolean known() {
        return baseline != null && (version != null || !EngineShutdown.dependsOnVersion(now()));
    }

    private void readVersion() throws InterruptedException {
        PodView view = now();
        EngineEndpoints at = EngineEndpoints.of(view);
        if (!EngineShutdown.dependsOnVersion(view)) {
            finishTime = EngineShutdown.finishTimeAfterSignal(view, null);
            return;
        }
        EngineRound known = round;
        int port = known.engines().stream()
                .min(Integer::compareTo)
                .orElseGet(() -> known.ask(at).iterator().next());
        Optional<String> answer = client.version(at, port, READ_TIMEOUT);
        if (answer.isPresent()) {
            version = answer.get();
            finishTime = EngineShutdown.finishTimeAfterSignal(view, version);
            changed.run();
        }
    }

    @Override
    public Optional<Baseline> baseline() {
        return Optional.ofNullable(baseline);
    }

    @Override
    public Optional<Long> inFlight() {
        PodLedger known = ledger;
        return known.read() ? Optional.of(known.inFlight()) : Optional.empty();
    }

    @Override
    public boolean idle() {
        return quiet >= settings.idleReads();
    }

    @Override
    public void startCountingIdleReads() {
        countsIdleReads = true;
    }

    @Override
    public Duration finishTimeAfterSignal() {
        return finishTime;
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
        } catch (RuntimeException unforeseen) {
            defect = unforeseen.toString();
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
        PodLedger known = ledger;
        return known.read()
                ? new ServingSide.Tally(true, known.gone(), ageAtSignal)
                : new ServingSide.Tally(false, RequestCounts.NONE, null);
    }

    @Override
    public ServingSide.Tally tally() {
        PodLedger known = ledger;
        return known.read()
                ? new ServingSide.Tally(true, known.running(), ageAtSignal)
                : new ServingSide.Tally(false, RequestCounts.NONE, null);
    }

    @Override
    public List<String> findings() {
        List<String> findings = new ArrayList<>();
        EngineEndpoints at = EngineEndpoints.of(now());
        EngineRound heard = round;
        PodLedger known = ledger;
        findings.addAll(at.findings());
        String unknowable = at.unknowable();
        if (unknowable != null) {
            findings.add("the engines of " + pod.ref() + " can't all be known: " + unknowable);
        }
        String why = trouble;
        if (why != null && known.engines().isEmpty()) {
            findings.add("no engine of " + pod.ref() + " could be read: " + why);
        } else if (why != null && !known.engines().keySet().containsAll(at.certain())) {
            findings.add("not every engine of " + pod.ref() + " could be read, so it was never taken for idle: " + why);
        }
        if (!heard.givenUp().isEmpty()) {
            findings.add("declared port " + heard.givenUp() + " of " + pod.ref()
                    + " did not answer and was not counted as an engine: if it is one, name it in "
                    + EngineEndpoints.PORT);
        }
        known.engines().forEach((port, track) -> {
            if (track.standsStill()) {
                findings.add("the engine on port " + port + " of " + pod.ref() + " showed "
                        + track.first().inFlight() + " requests, but made no token and ended none in the whole hold:"
                        + " its gauges are stale or it hangs, and what they show is counted as unknown");
            }
        });
        String broken = defect;
        if (broken != null) {
            findings.add("a reading of " + pod.ref() + " failed for a reason that nobody foresaw: " + broken);
        }
        return findings;
    }

    @Override
    public void close() {
        reader.interrupt();
    }
}
