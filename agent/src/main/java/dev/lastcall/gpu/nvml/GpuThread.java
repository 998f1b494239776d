package dev.lastcall.gpu.nvml;

import dev.lastcall.gpu.Gpu;
import dev.lastcall.gpu.Staleness;
import dev.lastcall.gpu.nvml.Worker.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Future;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One GPU: its thread, its reader and what was last known of it. Everything here is used under the lock of {@link NvmlGpuReader};
 * only {@link StateReader} runs on the GPU's own thread.
 */
final class GpuThread implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(GpuThread.class);

    private final int index;
    private final Worker worker;
    private final StateReader reader;
    private final ErrorCounts errors;
    private final Defects defects;
    private Optional<Staleness> staleness = Optional.of(new Staleness.NoSession());
    private Gpu.@Nullable State last;
    private @Nullable Instant lastSuccess;

    GpuThread(
            int index,
            StateReader.Maker readers,
            Duration callTimeout,
            NvmlLibrary library,
            ErrorCounts errors,
            Defects defects) {
        this.index = index;
        this.errors = errors;
        this.defects = defects;
        Calls calls = new Calls(library, errors);
        this.worker = new Worker("nvml-gpu-" + index, calls, callTimeout);
        this.reader = readers.of(index, calls);
    }

    boolean stuck() {
        return worker.stuck();
    }

    @Nullable
    Future<Gpu.State> start() {
        return worker.start(reader::read);
    }

    /**
     * Waits for a reading and takes it in.
     *
     * @return the code with which the driver ended the session or gave up this GPU; empty when the session may go on
     */
    OptionalInt finish(@Nullable Future<Gpu.State> task, Instant at) throws InterruptedException {
        switch (worker.await(task)) {
            case Outcome.Returned<Gpu.State>(Gpu.State read) -> read(read, at);
            case Outcome.Hung<Gpu.State>(String function, boolean first) -> {
                if (first) {
                    errors.overran(function);
                }
                stale(new Staleness.Hung(function)); // no new session: the thread is in there
            }
            case Outcome.Threw<Gpu.State>(SessionLost lost) -> {
                stale(new Staleness.Lost(lost.function(), lost.code()));
                return OptionalInt.of(lost.code());
            }
            case Outcome.Threw<Gpu.State>(Unreadable unreadable) ->
                stale(new Staleness.Unreadable(unreadable.function(), unreadable.code()));
            case Outcome.Threw<Gpu.State>(Throwable defect) ->
                stale(new Staleness.Defect(defects.say("the reading of GPU " + index, defect)));
        }
        return OptionalInt.empty();
    }

    private void read(Gpu.State state, Instant at) {
        if (staleness.isPresent() && lastSuccess != null) {
            LOG.infof("GPU %d answers again", index);
        }
        staleness = Optional.empty();
        last = state;
        lastSuccess = at;
    }

    private void stale(Staleness why) {
        if (!staleness.equals(Optional.of(why))) {
            LOG.warnf("GPU %d is stale: %s", index, why.text());
        }
        staleness = Optional.of(why);
    }

    /** Whether it was read in the last scan. */
    boolean fresh() {
        return staleness.isEmpty();
    }

    void noSession() {
        staleness = Optional.of(new Staleness.NoSession());
    }

    Gpu snapshot(XidCounts xids) {
        Gpu.State known = last;
        return new Gpu(
                index,
                staleness,
                Optional.ofNullable(lastSuccess),
                Optional.ofNullable(known),
                known == null ? Map.of() : xids.of(known.identity().uuid()));
    }

    /** Frees what belongs to the session, on the thread that owns it. */
    void release() throws InterruptedException {
        worker.run(() -> {
            try {
                reader.release();
            } catch (SessionLost _) {
                return false; // gone with the session
            }
            return true;
        });
    }

    @Override
    public void close() {
        worker.close();
    }
}
