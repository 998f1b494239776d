package dev.lastcall.web;

import dev.lastcall.allocation.Allocation;
import dev.lastcall.allocation.Device;
import dev.lastcall.allocation.GpuPicture;
import dev.lastcall.fragmentation.GpuFragmentation;
import dev.lastcall.fragmentation.GpuFragmentation.Exact;
import dev.lastcall.fragmentation.GpuFragmentation.Inventory;
import dev.lastcall.fragmentation.GpuFragmentation.Partition;
import dev.lastcall.gpu.Gpu;
import dev.lastcall.gpu.GpuMemory;
import dev.lastcall.gpu.GpuReadings;
import dev.lastcall.gpu.MigInstance;
import dev.lastcall.gpu.MigState;
import dev.lastcall.gpu.Staleness;
import dev.lastcall.gpu.Utilization;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One GPU in the state document.
 *
 * @param mig {@code enabled}, {@code disabled}, {@code unsupported} or {@code unknown}
 * @param stale why it could not be read in the last scan; null while it could
 * @param memorySlices M, to which {@code slices} add up; 1 for a GPU that is not partitioned; null where unknown
 * @param slices from the first memory slice to the last; empty where placements are not visible
 * @param fits by profile
 * @param profiles what the GPU offers, as its driver describes it; empty where placements are not visible
 * @param note why there is no exact answer; null where there is
 */
public record GpuRow(
        int index,
        @Nullable String uuid,
        @Nullable String model,
        @Nullable String mig,
        @Nullable String stale,
        @Nullable Double utilization,
        @Nullable Long memoryTotalBytes,
        @Nullable Long memoryUsedBytes,
        @Nullable Double temperatureCelsius,
        @Nullable Double powerWatts,
        @Nullable Integer memorySlices,
        List<Slice> slices,
        List<Fit> fits,
        List<Offer> profiles,
        @Nullable String note) {

    /**
     * @param profile null for free slices and for a GPU that is not partitioned
     * @param holders {@code namespace/pod/container}; null where the kubelet did not say, empty = idle
     */
    public record Slice(
            int start,
            int size,
            @Nullable String profile,
            @Nullable Integer gi,
            @Nullable List<String> holders) {}

    /**
     * @param placeable further instances that fit now
     * @param ideal that would fit if the same instances were placed best
     */
    public record Fit(String profile, int existing, int placeable, int ideal) {}

    /**
     * @param width memory slices that an instance takes
     * @param compute compute slices that it takes
     * @param starts memory slices at which it may begin
     * @param most instances on an empty GPU
     */
    public record Offer(String profile, int width, int compute, List<Integer> starts, int most) {}

    /** One row a GPU, in the order of the snapshot. */
    public static List<GpuRow> of(GpuPicture picture) {
        return picture.snapshot().gpus().stream()
                .map(gpu -> row(
                        gpu,
                        picture.fragmentation().stream()
                                .filter(part -> part.index() == gpu.index())
                                .findFirst()
                                .orElse(null),
                        picture.allocation()))
                .toList();
    }

    private static GpuRow row(Gpu gpu, @Nullable GpuFragmentation part, Optional<Allocation> allocation) {
        Optional<Gpu.State> known = gpu.state();
        Optional<Gpu.State> fresh = gpu.fresh();
        Optional<GpuReadings> read = fresh.map(Gpu.State::readings);
        Optional<GpuMemory> memory = read.flatMap(all -> all.memory().optional());
        Partition partition = part == null ? null : part.partition().orElse(null);
        List<Slice> slices =
                fresh.map(state -> slices(state, partition, allocation)).orElse(List.of());
        return new GpuRow(
                gpu.index(),
                known.map(state -> state.identity().uuid()).orElse(null),
                known.map(state -> state.identity().model()).orElse(null),
                known.map(state -> state.mig().label()).orElse(null),
                gpu.staleness().map(Staleness::text).orElse(null),
                read.flatMap(all -> all.utilization().optional())
                        .map(Utilization::gpu)
                        .orElse(null),
                memory.map(GpuMemory::total).orElse(null),
                memory.map(GpuMemory::used).orElse(null),
                read.flatMap(all -> all.temperatureCelsius().optional()).orElse(null),
                read.flatMap(all -> all.powerWatts().optional()).orElse(null),
                slices.isEmpty()
                        ? null
                        : slices.getLast().start() + slices.getLast().size(),
                slices,
                fits(partition),
                offers(partition),
                partition instanceof Inventory seen ? seen.why() : null);
    }

    private static List<Slice> slices(Gpu.State gpu, @Nullable Partition partition, Optional<Allocation> allocation) {
        return switch (gpu.mig()) {
            case MigState.Enabled mig
            when partition instanceof Exact exact ->
                placed(gpu.identity().uuid(), mig, exact.layout().geometry().memorySlices(), allocation);
            case MigState.Enabled _ -> List.of();
            default ->
                List.of(new Slice(
                        0,
                        1,
                        null,
                        null,
                        allocation
                                .map(all -> names(
                                        all, new Device.Whole(gpu.identity().uuid())))
                                .orElse(null)));
        };
    }

    private static List<Slice> placed(
            String gpuUuid, MigState.Enabled mig, int memorySlices, Optional<Allocation> allocation) {
        List<Slice> all = new ArrayList<>();
        int next = 0;
        List<MigInstance> instances = mig.instances().optional().orElse(List.of()).stream()
                .sorted(Comparator.comparingInt(instance -> instance.placement().start()))
                .toList();
        for (MigInstance instance : instances) {
            int start = instance.placement().start();
            if (start > next) {
                all.add(new Slice(next, start - next, null, null, null));
            }
            next = start + instance.placement().size();
            all.add(new Slice(
                    start,
                    next - start,
                    instance.profile(),
                    instance.gi(),
                    holders(gpuUuid, mig, instance.gi(), allocation)));
        }
        if (next < memorySlices) {
            all.add(new Slice(next, memorySlices - next, null, null, null));
        }
        return all;
    }

    private static @Nullable List<String> holders(
            String gpuUuid, MigState.Enabled mig, int gi, Optional<Allocation> allocation) {
        return allocation
                .map(all -> mig.devices().stream()
                        .filter(device -> device.gi() == gi)
                        .flatMap(device -> names(all, new Device.Mig(gpuUuid, device.uuid(), gi)).stream())
                        .toList())
                .orElse(null);
    }

    private static List<String> names(Allocation allocation, Device device) {
        return allocation.holders(device).stream()
                .map(holding -> holding.pod().namespace() + "/" + holding.pod().name() + "/" + holding.container())
                .toList();
    }

    private static List<Offer> offers(@Nullable Partition partition) {
        return partition instanceof Exact exact
                ? exact.layout().geometry().profiles().stream()
                        .map(each ->
                                new Offer(each.name(), each.width(), each.compute(), each.starts(), each.maxCount()))
                        .toList()
                : List.of();
    }

    private static List<Fit> fits(@Nullable Partition partition) {
        return partition instanceof Exact exact
                ? exact.report().profiles().stream()
                        .map(row -> new Fit(row.profile(), row.existing(), row.placeable(), row.ideal()))
                        .toList()
                : List.of();
    }
}
