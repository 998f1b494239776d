package dev.lastcall.metrics;

import dev.lastcall.fragmentation.GpuFragmentation;
import dev.lastcall.fragmentation.Held;
import dev.lastcall.fragmentation.ProfileWeights;
import dev.lastcall.gpu.Gpu;
import dev.lastcall.gpu.GpuSnapshot;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The GPUs of this node at one moment: what a scrape, the state document and the page all show.
 *
 * @param fragmentation of every GPU that was read, in the snapshot's order
 */
public record GpuPicture(GpuSnapshot snapshot, List<GpuFragmentation> fragmentation) {

    public GpuPicture {
        fragmentation = List.copyOf(fragmentation);
    }

    /** @param held what containers hold of a GPU; empty where the kubelet did not say */
    public static GpuPicture of(GpuSnapshot snapshot, ProfileWeights weights, Function<Gpu, Optional<Held>> held) {
        return new GpuPicture(
                snapshot,
                snapshot.gpus().stream()
                        .flatMap(gpu -> GpuFragmentation.of(gpu, weights, held.apply(gpu)).stream())
                        .toList());
    }
}
