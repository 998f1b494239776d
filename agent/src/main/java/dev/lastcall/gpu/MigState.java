package dev.lastcall.gpu;

import java.util.List;
import java.util.Optional;

/** Whether and how a GPU is partitioned. */
public sealed interface MigState {

    /** The product has no MIG. */
    record NotSupported() implements MigState {}

    /** The mode could not be read. */
    record Unknown() implements MigState {}

    /** @param pending true: it will be on after the next reset */
    record Disabled(boolean pending) implements MigState {}

    /**
     * @param pending false: it will be off after the next reset
     * @param devices what workloads can be given, by index
     * @param profiles what the GPU offers; empty where the driver does not say
     * @param instances with their places; needs privilege
     * @param utilizationSupported whether the product can tell utilisation per instance at all
     */
    record Enabled(
            boolean pending,
            List<MigDevice> devices,
            List<MigProfile> profiles,
            Reading<List<MigInstance>> instances,
            boolean utilizationSupported)
            implements MigState {

        public Enabled {
            devices = List.copyOf(devices);
            profiles = List.copyOf(profiles);
            instances = instances.map(List::copyOf);
        }

        /** Whether placements of instances and profiles were readable: then fragmentation is exact. */
        public boolean placementVisible() {
            return instances instanceof Reading.Value
                    && profiles.stream().allMatch(p -> p.placements() instanceof Reading.Value);
        }

        /** Where this GPU instance lies, if that may be seen. */
        public Optional<Placement> placementOf(int gi) {
            return instances.optional().stream()
                    .flatMap(List::stream)
                    .filter(instance -> instance.gi() == gi)
                    .map(MigInstance::placement)
                    .findFirst();
        }

        /** Memory slices of the whole GPU; 0 where placements are not visible. */
        public int memorySlices() {
            return profiles.stream()
                    .flatMap(profile -> profile.placements().optional().stream().flatMap(List::stream))
                    .mapToInt(placement -> placement.start() + placement.size())
                    .max()
                    .orElse(0);
        }

        /** Compute slices of the whole GPU; 0 where profiles are not known. */
        public int computeSlices() {
            return profiles.stream().mapToInt(MigProfile::computeSlices).max().orElse(0);
        }
    }

    /** {@code enabled}, {@code disabled}, {@code unsupported} or {@code unknown}. */
    default String label() {
        return switch (this) {
            case Enabled _ -> "enabled";
            case Disabled _ -> "disabled";
            case NotSupported _ -> "unsupported";
            case Unknown _ -> "unknown";
        };
    }
}
