package dev.lastcall.gpu.nvml;

import dev.lastcall.gpu.Gpu;
import dev.lastcall.gpu.GpuReader;
import dev.lastcall.gpu.GpuSnapshot;
import dev.lastcall.gpu.ReaderState;
import dev.lastcall.gpu.Staleness;
import dev.lastcall.gpu.nvml.Worker.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * All GPUs of the node through NVML: one session, one thread per GPU. What concerns one GPU (a hang, a loss) stays with it;
 * what concerns the session closes it and opens it again with back-off. Native code is first touched by {@link #scan}.
 */
public final class NvmlGpuReader implements GpuReader {

    private static final Logger LOG = Logger.getLogger(NvmlGpuReader.class);

    /** How long the end of the process waits for a scan under way. */
    private static final Duration LAST_SCAN = Duration.ofSeconds(2);

    private final NvmlOptions options;
    private final InstantSource clock;
    private final Runnable versionMismatch;
    private final ErrorCounts errors = new ErrorCounts();
    private final XidCounts xids = new XidCounts();
    private final NvmlSession session;
    private final Backoff backoff;
    private final List<GpuThread> gpus = new ArrayList<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final ReentrantLock oneAtATime = new ReentrantLock();
    private @Nullable EventWatch events;
    private @Nullable ReaderState state;
    private boolean reopen;
    private volatile boolean closed;

    /** @param versionMismatch ends the process: the library no longer fits the kernel driver after an upgrade in place */
    public NvmlGpuReader(NvmlOptions options, InstantSource clock, Runnable versionMismatch) {
        this.options = options;
        this.clock = clock;
        this.versionMismatch = versionMismatch;
        this.session = new NvmlSession(options, errors);
        this.backoff = new Backoff(options.retryFirst(), options.retryMax());
    }

    @Override
    public void onEvent(Runnable scanSoon) {
        listeners.add(scanSoon);
    }

    @Override
    public GpuSnapshot scan() {
        oneAtATime.lock();
        long begun = System.nanoTime();
        Instant at = clock.instant();
        try {
            if (closed) {
                LOG.debug("no scan after the end");
            } else if (reopen && backoff.due() && nothingStuck()) {
                closeSession();
                backoff.failed(); // until a scan in which all GPUs answer
                openSession();
            } else if (!session.isOpen() && backoff.due()) {
                openSession();
            }
            if (session.isOpen()) {
                readAll(at);
            } else {
                gpus.forEach(GpuThread::noSession);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            oneAtATime.unlock();
        }
        ReaderState now = state == null ? new ReaderState.LibraryMissing(options.library()) : state;
        List<Gpu> seen = gpus.stream().map(gpu -> gpu.snapshot(xids)).toList();
        return new GpuSnapshot(at, Duration.ofNanos(System.nanoTime() - begun), now, seen, errors.copy());
    }

    private boolean nothingStuck() {
        return !session.stuck() && gpus.stream().noneMatch(GpuThread::stuck);
    }

    private void openSession() throws InterruptedException {
        if (session.isOpen()) {
            return;
        }
        become(session.open());
        if (state instanceof ReaderState.Failing(String _, int code) && code == NvmlSession.VERSION_MISMATCH) {
            versionMismatch.run();
        }
        if (!session.isOpen()) {
            backoff.failed();
        }
    }

    private void readAll(Instant at) throws InterruptedException {
        NvmlSession.Counted counted = session.count();
        if (counted.problem().isPresent()) {
            lost(counted.problem().get());
            gpus.forEach(GpuThread::noSession);
            return;
        }
        while (gpus.size() < counted.gpus()) {
            gpus.add(new GpuThread(gpus.size(), options.callTimeout(), session.library(), errors));
        }
        while (gpus.size() > counted.gpus()) {
            gpus.removeLast().close();
        }
        watchEvents(counted.gpus());
        List<@Nullable Future<Gpu.State>> tasks = new ArrayList<>();
        for (GpuThread gpu : gpus) { // all at once, so that one that hangs costs the others nothing
            tasks.add(gpu.start());
        }
        boolean allWell = true;
        for (int i = 0; i < gpus.size(); i++) {
            allWell &= settle(gpus.get(i), tasks.get(i), at);
        }
        if (allWell) {
            reopen = false;
            backoff.succeeded();
        }
    }

    /** False when this GPU calls for a new session. */
    private boolean settle(GpuThread gpu, @Nullable Future<Gpu.State> task, Instant at) throws InterruptedException {
        Outcome<Gpu.State> outcome = gpu.await(task);
        return switch (outcome) {
            case Outcome.Returned<Gpu.State>(Gpu.State read) -> gpu.read(read, at);
            case Outcome.Hung<Gpu.State>(String function, boolean first) -> {
                if (first) {
                    errors.overran(function);
                }
                gpu.stale(new Staleness.Hung(function));
                yield true; // nothing to open again: the thread is in there
            }
            case Outcome.Threw<Gpu.State>(SessionLost lost) -> {
                gpu.stale(new Staleness.Lost(lost.function(), lost.code()));
                if (lost.code() == NvmlSession.VERSION_MISMATCH) {
                    versionMismatch.run();
                }
                reopen = true;
                yield false;
            }
            case Outcome.Threw<Gpu.State>(Unreadable unreadable) -> {
                gpu.stale(new Staleness.Unreadable(unreadable.function(), unreadable.code()));
                yield true;
            }
            case Outcome.Threw<Gpu.State>(Throwable cause) -> throw new IllegalStateException(cause);
        };
    }

    private void lost(ReaderState problem) {
        become(problem);
        if (problem instanceof ReaderState.Failing(String _, int code) && code == NvmlSession.VERSION_MISMATCH) {
            versionMismatch.run();
        }
        reopen = true;
    }

    private void watchEvents(int count) {
        if (events == null && count > 0) {
            events = new EventWatch(
                    new Calls(session.library(), errors), count, xids, () -> listeners.forEach(Runnable::run));
            events.start();
        }
    }

    private void closeSession() throws InterruptedException {
        EventWatch watching = events;
        if (watching != null && !watching.left()) {
            return;
        }
        events = null;
        for (GpuThread gpu : gpus) {
            gpu.release();
        }
        session.close();
        reopen = false;
        LOG.debug("opening a new session");
    }

    /** A change of state is worth one line; the same state again is not. */
    private void become(ReaderState next) {
        if (!next.equals(state)) {
            if (next instanceof ReaderState.Ready || next instanceof ReaderState.LibraryMissing) {
                LOG.infof("NVML: %s", next.text());
            } else {
                LOG.warnf("NVML: %s", next.text());
            }
        }
        state = next;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (!oneAtATime.tryLock(LAST_SCAN.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("NVML: a scan does not end, so the session is left to the end of the process");
                return;
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return;
        }
        try {
            boolean clear = nothingStuck();
            EventWatch watching = events;
            if (watching != null) {
                clear &= watching.left();
                events = null;
            }
            if (clear) {
                for (GpuThread gpu : gpus) {
                    gpu.release();
                }
                session.close();
            } else {
                LOG.warn("NVML: a call hangs in the driver, so the session is left to the end of the process");
            }
            gpus.forEach(GpuThread::close);
            session.dispose();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            oneAtATime.unlock();
        }
    }
}
