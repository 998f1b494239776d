package dev.lastcall.fragmentation;

import dev.lastcall.gpu.Gpu;
import dev.lastcall.gpu.MigDevice;
import dev.lastcall.gpu.MigInstance;
import dev.lastcall.gpu.MigState;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What one GPU can still take, as far as this process may see.
 *
 * @param index of the GPU
 * @param partition how it is divided; empty where MIG is not on
 * @param wholeFree no instance and no allocation; empty where the allocation is unknown
 */
public record GpuFragmentation(int index, String uuid, Optional<Partition> partition, Optional<Boolean> wholeFree) {

    /** What is known of a GPU with MIG on. */
    public sealed interface Partition {}

    /**
     * Every instance and its place.
     *
     * @param capacityMismatches profiles of which the driver's own remaining capacity differs from {@code placeable}
     */
    public record Exact(Layout layout, FragmentationReport report, List<String> capacityMismatches)
            implements Partition {}

    /**
     * Devices without their places. Instances without a compute instance are not seen at all here.
     *
     * @param existing instances by profile; profiles that the GPU offers and nobody made count 0
     * @param why no layout could be had
     */
    public record Inventory(Map<String, Integer> existing, int computeUsed, int computeFree, String why)
            implements Partition {}

    /** Of a GPU read in this scan; empty for a stale one, of which nothing is known. */
    public static Optional<GpuFragmentation> of(Gpu gpu, ProfileWeights weights, Optional<Held> held) {
        return gpu.fresh().map(state -> {
            Optional<Partition> partition = state.mig() instanceof MigState.Enabled mig
                    ? Optional.of(partition(mig, weights, held))
                    : Optional.empty();
            int instances = switch (partition.orElse(null)) {
                case null -> 0;
                case Exact exact -> exact.layout().instances().size();
                case Inventory seen ->
                    seen.existing().values().stream()
                            .mapToInt(Integer::intValue)
                            .sum();
            };
            return new GpuFragmentation(
                    gpu.index(),
                    state.identity().uuid(),
                    partition,
                    held.map(holders -> instances == 0 && !holders.wholeGpu()));
        });
    }

    private static Partition partition(MigState.Enabled mig, ProfileWeights weights, Optional<Held> held) {
        return switch (MigLayouts.of(mig)) {
            case Checked.Invalid<Layout>(String reason) -> inventory(mig, reason);
            case Checked.Valid<Layout>(Layout layout) -> {
                Usage usage = held.<Usage>map(holders -> new Usage.Known(allocated(mig, holders), holders.wholeGpu()))
                        .orElseGet(Usage.Unknown::new);
                FragmentationReport report = Fragmentation.of(layout, weights, usage);
                yield new Exact(layout, report, MigLayouts.capacityMismatches(mig, report));
            }
        };
    }

    private static Set<Placement> allocated(MigState.Enabled mig, Held held) {
        return mig.instances().optional().stream()
                .flatMap(List::stream)
                .filter(instance -> held.instances().contains(instance.gi()))
                .map(MigLayouts::placement)
                .collect(Collectors.toSet());
    }

    private static Inventory inventory(MigState.Enabled mig, String why) {
        Map<String, Integer> existing = new TreeMap<>();
        mig.profiles().forEach(profile -> existing.put(profile.name(), 0));
        Map<Integer, MigDevice> one = new TreeMap<>();
        mig.devices().forEach(device -> one.putIfAbsent(device.gi(), device));
        Map<Integer, String> seen = mig.instances().optional().stream()
                .flatMap(List::stream)
                .collect(Collectors.toMap(MigInstance::gi, MigInstance::profile, (a, _) -> a));
        one.forEach(
                (gi, device) -> existing.merge(seen.getOrDefault(gi, ofInstance(device.profile())), 1, Integer::sum));
        int used = one.values().stream().mapToInt(MigDevice::computeSlices).sum();
        return new Inventory(existing, used, Math.max(0, mig.computeSlices() - used), why);
    }

    /** {@code 1c.3g.20gb} is a part of a {@code 3g.20gb}. */
    private static String ofInstance(String device) {
        return device.replaceFirst("^\\d+c\\.", "");
    }
}
