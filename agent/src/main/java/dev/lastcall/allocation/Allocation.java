package dev.lastcall.allocation;

import dev.lastcall.fragmentation.Held;
import dev.lastcall.gpu.GpuSnapshot;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Who holds which device of this node at one moment.
 *
 * @param holdings in the kubelet's order, each once: a container that holds two replicas of a device holds the device
 * @param counts per profile that exists now, by name; of GPUs that could be read; empty while not {@code complete}
 * @param unmapped devices that pods hold by the kubelet's word and that no GPU of this node is
 * @param complete false while one of the unmapped ids may mean a device of this node: then nobody can say that a device
 *     without a holder here is idle
 */
public record Allocation(List<Holding> holdings, List<DeviceCount> counts, Set<DeviceId> unmapped, boolean complete) {

    /** Of which nothing is missing. */
    public Allocation(List<Holding> holdings, List<DeviceCount> counts, Set<DeviceId> unmapped) {
        this(holdings, counts, unmapped, true);
    }

    public Allocation {
        holdings = List.copyOf(holdings);
        counts = List.copyOf(counts);
        unmapped = Set.copyOf(unmapped);
    }

    /**
     * Joins three views of the node, none of which knows the other two.
     *
     * @param held the kubelet's list; older kubelets keep finished pods in it
     * @param seen a GPU that is stale now is taken as it was last read: that it does not answer takes nothing from its holder
     * @param pods what the watch shows; a pod it does not show holds what the kubelet says
     */
    public static Allocation join(List<HeldDevice> held, GpuSnapshot seen, List<PodPhase> pods) {
        return new Join(Inventory.of(seen), PodPhase.finished(pods)).of(held);
    }

    /** All that is held of this GPU; empty where something more may be held of it than is known. */
    public Optional<Held> allOn(String gpuUuid) {
        Held known = on(gpuUuid);
        return complete || known.wholeGpu() ? Optional.of(known) : Optional.empty();
    }

    /** What of this GPU is known to be held. */
    public Held on(String gpuUuid) {
        Set<Integer> instances = holdings.stream()
                .map(Holding::device)
                .filter(device -> device.gpuUuid().equals(gpuUuid))
                .flatMap(device -> device instanceof Device.Mig mig ? Stream.of(mig.gi()) : Stream.empty())
                .collect(Collectors.toUnmodifiableSet());
        return new Held(instances, !holders(new Device.Whole(gpuUuid)).isEmpty());
    }

    /** Who holds this device; several where it is shared. */
    public List<Holding> holders(Device device) {
        return holdings.stream()
                .filter(holding -> holding.device().equals(device))
                .toList();
    }
}
