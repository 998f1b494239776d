package dev.lastcall.pipeline;

import dev.lastcall.gpu.GpuReader;
import dev.lastcall.gpu.GpuSnapshot;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.scheduler.Scheduled;
import io.smallrye.reactive.messaging.annotations.Broadcast;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Emitter;
import org.eclipse.microprofile.reactive.messaging.OnOverflow;
import org.jspecify.annotations.Nullable;

/**
 * Scans the GPUs every {@code lastcall.gpu.scan-interval}, and at once when the driver reports an event, and puts each
 * snapshot on {@code gpu-snapshots}. A slow consumer gets the latest snapshot and misses the ones between.
 */
@ApplicationScoped
public class GpuScan {

    private final GpuReader reader;
    private final Emitter<GpuSnapshot> snapshots;
    private final ScheduledExecutorService executor;
    private final AtomicBoolean wanted = new AtomicBoolean();

    /** A scan that an event asked for may meet the scheduler's: the older snapshot must not be sent last. */
    private final ReentrantLock inOrder = new ReentrantLock();

    private volatile @Nullable GpuSnapshot latest;
    private volatile boolean stopping;

    GpuScan(
            GpuReader reader,
            ScheduledExecutorService executor,
            @Channel("gpu-snapshots") @OnOverflow(OnOverflow.Strategy.LATEST) @Broadcast
                    Emitter<GpuSnapshot> snapshots) {
        this.reader = reader;
        this.executor = executor;
        this.snapshots = snapshots;
    }

    void start(@Observes StartupEvent event) {
        reader.onEvent(this::scanSoon);
        scanSoon();
    }

    void stop(@Observes ShutdownEvent event) {
        stopping = true;
        reader.close();
    }

    /** The scheduler's clock starts before the channels are wired: a turn that early is skipped. */
    @Scheduled(
            identity = "gpu-scan",
            skipExecutionIf = Scheduled.ApplicationNotRunning.class,
            every = "${lastcall.gpu.scan-interval:10s}",
            concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void scan() {
        wanted.set(false);
        inOrder.lock();
        try {
            if (!stopping) {
                GpuSnapshot snapshot = reader.scan();
                latest = snapshot;
                snapshots.send(snapshot);
            }
        } finally {
            inOrder.unlock();
        }
    }

    /** Many events in a row are one scan. */
    private void scanSoon() {
        if (wanted.compareAndSet(false, true)) {
            executor.execute(this::scan);
        }
    }

    /** The last snapshot; empty before the first scan has ended. */
    public Optional<GpuSnapshot> latest() {
        return Optional.ofNullable(latest);
    }
}
