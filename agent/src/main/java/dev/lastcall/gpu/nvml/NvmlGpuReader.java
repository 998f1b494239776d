package dev.lastcall.gpu.nvml;

import dev.lastcall.gpu.Gpu;
import dev.lastcall.gpu.GpuReader;
import dev.lastcall.gpu.GpuSnapshot;
import dev.lastcall.gpu.ReaderState;
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
    private final Runnable driverExchanged;
    private final StateReader.Maker readers;
    private final ErrorCounts errors = new ErrorCounts();
    private final XidCounts xids = new XidCounts();
    private final Defects defects = new Defects();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile boolean closed;

    /** Guards all fields below, and what they hold. */
    private final ReentrantLock oneAtATime = new ReentrantLock();

    private final NvmlSession session;
    private final Backoff backoff;
    private final List<GpuThread> gpus = new ArrayList<>();
    private @Nullable EventWatch events;
    private @Nullable ReaderState state;
    private boolean reopen;
    private boolean worked;

    /**
     * @param driverExchanged runs when a session that has worked says that the library no longer fits the kernel driver, and
     *     again whenever it says so after that: only a new process can load the new library. Never runs for a driver that
     *     did not fit from the start, because there a new process would be told the same
     */
    public NvmlGpuReader(NvmlOptions options, InstantSource clock, Runnable driverExchanged) {
        this(options, clock, driverExchanged, DeviceReader::new);
    }

    NvmlGpuReader(NvmlOptions options, InstantSource clock, Runnable driverExchanged, StateReader.Maker readers) {
        this.readers = readers;
        this.options = options;
        this.clock = clock;
        this.driverExchanged = driverExchanged;
        this.session = new NvmlSession(options, errors, defects);
        this.backoff = new Backoff(options.retryFirst(), options.retryMax());
    }

    @Override
    public void onEvent(Runnable scanSoon) {
        listeners.add(scanSoon);
    }

    @Override
    public GpuSnapshot scan() {
        oneAtATime.lock();
        try {
            long begun = System.nanoTime();
            Instant at = clock.instant();
            try {
                read(at);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
            ReaderState now = state == null ? new ReaderState.LibraryMissing(options.library()) : state;
            List<Gpu> seen = gpus.stream().map(gpu -> gpu.snapshot(xids)).toList();
            return new GpuSnapshot(at, Duration.ofNanos(System.nanoTime() - begun), now, seen, errors.copy());
        } finally {
            oneAtATime.unlock();
        }
    }

    private void read(Instant at) throws InterruptedException {
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
    }

    private boolean nothingStuck() {
        return !session.stuck() && gpus.stream().noneMatch(GpuThread::stuck);
    }

    private void openSession() throws InterruptedException {
        if (session.isOpen()) {
            return;
        }
        become(session.open());
        if (!session.isOpen()) {
            backoff.failed();
        }
    }

    private void readAll(Instant at) throws InterruptedException {
        NvmlSession.Counted counted = session.count();
        if (counted.problem().isPresent()) {
            become(counted.problem().get());
            reopen = true;
            gpus.forEach(GpuThread::noSession);
            return;
        }
        while (gpus.size() < counted.gpus()) {
            gpus.add(new GpuThread(gpus.size(), readers, options.callTimeout(), session.library(), errors, defects));
        }
        while (gpus.size() > counted.gpus()) {
            gpus.removeLast().close();
        }
        watchEvents(counted.gpus());
        List<@Nullable Future<Gpu.State>> tasks = new ArrayList<>();
        for (GpuThread gpu : gpus) { // all at once, so that one that hangs costs the others nothing
            tasks.add(gpu.start());
        }
        List<Integer> lost = new ArrayList<>();
        for (int i = 0; i < gpus.size(); i++) {
            gpus.get(i).finish(tasks.get(i), at).ifPresent(lost::add);
        }
        reopen |= !lost.isEmpty();
        if (lost.isEmpty()) {
            reopen = false;
            backoff.succeeded();
        }
        if (lost.contains(ReturnCode.LIB_RM_VERSION_MISMATCH)) {
            mismatched();
        } else {
            worked |= gpus.stream().anyMatch(GpuThread::fresh);
        }
    }

    private void mismatched() {
        if (worked) {
            driverExchanged.run();
        }
    }

    private void watchEvents(int count) {
        EventWatch watching = events;
        if (watching != null) {
            watching.watch(count);
        } else if (count > 0) {
            events = new EventWatch(
                    new Calls(session.library(), errors),
                    count,
                    xids,
                    defects,
                    new Backoff(options.retryFirst(), options.retryMax()),
                    () -> listeners.forEach(Runnable::run));
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
        if (next instanceof ReaderState.DriverMismatch) {
            mismatched();
        }
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
