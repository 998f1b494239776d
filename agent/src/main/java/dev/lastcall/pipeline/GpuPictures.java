package dev.lastcall.pipeline;

import dev.lastcall.config.AgentConfig;
import dev.lastcall.fragmentation.Held;
import dev.lastcall.fragmentation.ProfileWeights;
import dev.lastcall.gpu.Gpu;
import dev.lastcall.gpu.GpuSnapshot;
import dev.lastcall.metrics.GpuMeters;
import dev.lastcall.metrics.GpuPicture;
import jakarta.inject.Singleton;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Joins what the driver and the kubelet say into one picture, anew when either has something new. */
@Singleton
public class GpuPictures {

    private final GpuMeters meters;
    private final ProfileWeights weights;
    private volatile @Nullable GpuPicture latest;

    GpuPictures(GpuMeters meters, AgentConfig config) {
        this.meters = meters;
        this.weights = ProfileWeights.parse(config.gpu().profileWeights()).orThrow(IllegalArgumentException::new);
    }

    void show(GpuSnapshot snapshot) {
        GpuPicture picture = GpuPicture.of(snapshot, weights, this::held);
        latest = picture;
        meters.publish(picture);
    }

    private Optional<Held> held(Gpu gpu) {
        return Optional.empty();
    }

    /** The last picture; empty before the first scan. */
    public Optional<GpuPicture> latest() {
        return Optional.ofNullable(latest);
    }
}
