package dev.lastcall.allocation;

import dev.lastcall.fragmentation.GpuFragmentation;
import dev.lastcall.fragmentation.Held;
import dev.lastcall.fragmentation.ProfileWeights;
import dev.lastcall.gpu.Gpu;
import dev.lastcall.gpu.GpuSnapshot;
import java.util.List;
import java.util.Optional;

/**
 * The GPUs of this node at one moment: what a scrape, the state document and the page all show.
 *
 * @param allocation who holds what of these very GPUs; empty where the kubelet did not say
 * @param fragmentation of every GPU that was read, in the snapshot's order
 */
public record GpuPicture(GpuSnapshot snapshot, Optional<Allocation> allocation, List<GpuFragmentation> fragmentation) {

    public GpuPicture {
        fragmentation = List.copyOf(fragmentation);
    }

    /** @param allocation joined with {@code snapshot} */
    public static GpuPicture of(GpuSnapshot snapshot, ProfileWeights weights, Optional<Allocation> allocation) {
        return new GpuPicture(
                snapshot,
                allocation,
                snapshot.gpus().stream()
                        .flatMap(gpu -> GpuFragmentation.of(gpu, weights, held(gpu, allocation)).stream())
                        .toList());
    }

    private static Optional<Held> held(Gpu gpu, Optional<Allocation> allocation) {
        return gpu.state()
                .flatMap(state ->
                        allocation.flatMap(all -> all.allOn(state.identity().uuid())));
    }
}
