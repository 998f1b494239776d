package dev.lastcall.pipeline;

import dev.lastcall.allocation.AllocationState;
import dev.lastcall.config.AgentConfig;
import dev.lastcall.fragmentation.ProfileWeights;
import dev.lastcall.gpu.GpuSnapshot;
import dev.lastcall.metrics.AllocationMeters;
import dev.lastcall.metrics.GpuMeters;
import dev.lastcall.metrics.GpuPicture;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Optional;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jspecify.annotations.Nullable;

/** Joins what the driver and the kubelet say into one picture, anew when either has something new. */
@ApplicationScoped
public class GpuPictures {

    /** Before the kubelet is asked for the first time. */
    private static final int BEFORE_SCANS = 1_000;

    private final AllocationScan kubelet;
    private final GpuMeters meters;
    private final AllocationMeters allocationMeters;
    private final ProfileWeights weights;
    private volatile @Nullable GpuSnapshot seen;
    private volatile @Nullable GpuPicture latest;

    GpuPictures(AllocationScan kubelet, GpuMeters meters, AllocationMeters allocationMeters, AgentConfig config) {
        this.kubelet = kubelet;
        this.meters = meters;
        this.allocationMeters = allocationMeters;
        this.weights = ProfileWeights.parse(config.gpu().profileWeights()).orThrow(IllegalArgumentException::new);
    }

    void start(@Observes @Priority(BEFORE_SCANS) StartupEvent event) {
        kubelet.onAnswer(this::join);
    }

    @Incoming("gpu-snapshots")
    void see(GpuSnapshot snapshot) {
        meters.scanned(snapshot.took());
        seen = snapshot;
        join();
    }

    private synchronized void join() {
        GpuSnapshot snapshot = seen;
        AllocationState allocation = kubelet.against(snapshot);
        allocationMeters.publish(allocation);
        if (snapshot != null) {
            GpuPicture picture = GpuPicture.of(snapshot, weights, allocation.allocation());
            latest = picture;
            meters.publish(picture);
        }
    }

    /** The last picture; empty before the first scan. */
    public Optional<GpuPicture> latest() {
        return Optional.ofNullable(latest);
    }
}
