package dev.lastcall.allocation;

import dev.lastcall.fragmentation.GpuFragmentation;
import dev.lastcall.fragmentation.Held;
import dev.lastcall.fragmentation.ProfileWeights;
import dev.lastcall.gpu.Gpu;
import dev.lastcall.gpu.GpuSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;

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

    /**
     * @param allocation joined with {@code snapshot}
     * @param defects called with a GPU whose fragmentation can't be computed: it has none, the others have theirs
     */
    public static GpuPicture of(
            GpuSnapshot snapshot,
            ProfileWeights weights,
            Optional<Allocation> allocation,
            BiConsumer<Gpu, RuntimeException> defects) {
        return of(snapshot, allocation, gpu -> GpuFragmentation.of(gpu, weights, held(gpu, allocation)), defects);
    }

    static GpuPicture of(
            GpuSnapshot snapshot,
            Optional<Allocation> allocation,
            Function<Gpu, Optional<GpuFragmentation>> compute,
            BiConsumer<Gpu, RuntimeException> defects) {
        List<GpuFragmentation> parts = new ArrayList<>();
        for (Gpu gpu : snapshot.gpus()) {
            try {
                compute.apply(gpu).ifPresent(parts::add);
            } catch (RuntimeException defect) {
                defects.accept(gpu, defect);
            }
        }
        return new GpuPicture(snapshot, allocation, parts);
    }

    /** Whether it shows these two already: the kubelet is asked more often than anything changes. */
    public boolean shows(GpuSnapshot now, Optional<Allocation> held) {
        return snapshot == now && allocation.equals(held);
    }

    private static Optional<Held> held(Gpu gpu, Optional<Allocation> allocation) {
        return gpu.state()
                .flatMap(state ->
                        allocation.flatMap(all -> all.allOn(state.identity().uuid())));
    }
}
