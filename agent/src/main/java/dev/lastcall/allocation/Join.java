package dev.lastcall.allocation;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The steps of {@link Allocation#join}. */
record Join(Inventory inventory, Set<PodName> finished) {

    Allocation of(List<HeldDevice> held) {
        Set<Holding> holdings = new LinkedHashSet<>();
        Set<DeviceId> unmapped = new LinkedHashSet<>();
        boolean complete = true;
        for (HeldDevice one : held) {
            if (finished.contains(one.pod())) {
                continue;
            }
            List<Device> devices = inventory.find(one.device());
            devices.forEach(device -> holdings.add(new Holding(device, one.pod(), one.container(), one.resource())));
            if (devices.isEmpty() && one.nvidia()) {
                unmapped.add(one.device());
                complete &= !(one.ofGpus() && inventory.mayBeHere(one.device()));
            }
        }
        Set<Device> taken = holdings.stream().map(Holding::device).collect(Collectors.toUnmodifiableSet());
        return new Allocation(List.copyOf(holdings), complete ? counts(taken) : List.of(), unmapped, complete);
    }

    private List<DeviceCount> counts(Set<Device> taken) {
        Map<String, DeviceCount> counts = new TreeMap<>();
        for (Inventory.Unit unit : inventory.units()) {
            if (!unit.fresh()) {
                continue;
            }
            if (unit.mig().isEmpty()) {
                count(counts, DeviceCount.FULL, taken.contains(new Device.Whole(unit.uuid())));
            }
            unit.parts().forEach(part -> count(counts, part.profile(), taken.contains(unit.device(part))));
        }
        return List.copyOf(counts.values());
    }

    private static void count(Map<String, DeviceCount> counts, String profile, boolean allocated) {
        counts.merge(
                profile,
                new DeviceCount(profile, allocated ? 1 : 0, allocated ? 0 : 1),
                (one, more) -> new DeviceCount(profile, one.allocated() + more.allocated(), one.idle() + more.idle()));
    }
}
