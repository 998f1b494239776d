package dev.lastcall.gpu.nvml;

import dev.lastcall.gpu.Gpu;
import dev.lastcall.gpu.Staleness;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** One GPU: its thread, its reader and what was last known of it. */
final class GpuThread implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(GpuThread.class);

    private final int index;
    private final Worker worker;
    private final DeviceReader reader;
    private Optional<Staleness> staleness = Optional.of(new Staleness.NoSession());
    private Gpu.@Nullable State last;
    private @Nullable Instant lastSuccess;

    GpuThread(int index, Duration callTimeout, NvmlLibrary library, ErrorCounts errors) {
        this.index = index;
        Calls calls = new Calls(library, errors);
        this.worker = new Worker("nvml-gpu-" + index, calls, callTimeout);
        this.reader = new DeviceReader(index, calls);
    }

    boolean stuck() {
        return worker.stuck();
    }

    @Nullable
    Future<Gpu.State> start() {
        return worker.start(reader::read);
    }

    Worker.Outcome<Gpu.State> await(@Nullable Future<Gpu.State> task) throws InterruptedException {
        return worker.await(task);
    }

    /** Always true, for the caller's chain. */
    boolean read(Gpu.State state, Instant at) {
        if (staleness.isPresent() && lastSuccess != null) {
            LOG.infof("GPU %d answers again", index);
        }
        staleness = Optional.empty();
        last = state;
        lastSuccess = at;
        return true;
    }

    void stale(Staleness why) {
        if (!staleness.equals(Optional.of(why))) {
            LOG.warnf("GPU %d is stale: %s", index, why.text());
        }
        staleness = Optional.of(why);
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
