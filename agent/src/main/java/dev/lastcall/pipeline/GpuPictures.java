package dev.lastcall.pipeline;

import dev.lastcall.allocation.Allocation;
import dev.lastcall.allocation.AllocationState;
import dev.lastcall.allocation.DeviceId;
import dev.lastcall.allocation.GpuPicture;
import dev.lastcall.config.AgentConfig;
import dev.lastcall.fragmentation.GpuFragmentation;
import dev.lastcall.fragmentation.ProfileWeights;
import dev.lastcall.gpu.Gpu;
import dev.lastcall.gpu.GpuSnapshot;
import dev.lastcall.metrics.AllocationMeters;
import dev.lastcall.metrics.GpuMeters;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Joins what the driver and the kubelet say into one picture, anew when either has something new. */
@ApplicationScoped
public class GpuPictures {

    private static final Logger LOG = Logger.getLogger(GpuPictures.class);

    /** Before the kubelet is asked for the first time. */
    private static final int BEFORE_SCANS = 1_000;

    private final AllocationScan kubelet;
    private final GpuMeters meters;
    private final AllocationMeters allocationMeters;
    private final ProfileWeights weights;
    private volatile @Nullable GpuSnapshot seen;
    private volatile @Nullable GpuPicture latest;

    /** Guarded by this, as all of {@link #join}: ids that were said, and GPUs of which it was said what they do not offer. */
    private Set<DeviceId> unmatched = Set.of();

    private final Set<String> notOffered = new HashSet<>();
    private final Set<Integer> defective = new HashSet<>();

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
        allocation.allocation().ifPresent(this::sayUnmatched);
        allocationMeters.publish(allocation);
        GpuPicture before = latest;
        if (snapshot != null && (before == null || !before.shows(snapshot, allocation.allocation()))) {
            GpuPicture picture = GpuPicture.of(snapshot, weights, allocation.allocation(), this::sayDefect);
            sayNotOffered(picture);
            latest = picture;
            meters.publish(picture);
        }
    }

    /** Each new set of ids once. */
    private void sayUnmatched(Allocation allocation) {
        Set<DeviceId> now = allocation.complete() ? Set.of() : allocation.unmapped();
        if (!now.isEmpty() && !now.equals(unmatched)) {
            LOG.warnf(
                    "pods hold GPUs under ids that match none of this node (%s): which GPUs are idle is not published until"
                            + " they are gone",
                    now);
        }
        unmatched = now;
    }

    /** Once a GPU: the same layout would fail in every scan. */
    private void sayDefect(Gpu gpu, RuntimeException defect) {
        if (defective.add(gpu.index())) {
            LOG.errorf(
                    defect,
                    "the fragmentation of GPU %d can't be computed: its fragmentation metrics are missing, the other GPUs have theirs",
                    gpu.index());
        }
    }

    /** A profile that no GPU of this node offers is most likely a spelling mistake. */
    private void sayNotOffered(GpuPicture picture) {
        if (weights instanceof ProfileWeights.Configured configured) {
            for (GpuFragmentation gpu : picture.fragmentation()) {
                if (gpu.partition().orElse(null) instanceof GpuFragmentation.Exact exact) {
                    List<String> unknown =
                            configured.notOfferedBy(exact.layout().geometry());
                    if (!unknown.isEmpty() && notOffered.add(gpu.uuid())) {
                        LOG.warnf(
                                "GPU %d does not offer %s, which %s names: it does not count there",
                                gpu.index(), String.join(", ", unknown), ProfileWeights.KEY);
                    }
                }
            }
        }
    }

    /** The last picture; empty before the first scan. */
    public Optional<GpuPicture> latest() {
        return Optional.ofNullable(latest);
    }
}
