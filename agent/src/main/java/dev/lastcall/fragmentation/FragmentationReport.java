package dev.lastcall.fragmentation;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Everything about one GPU at one moment; {@link Fragmentation} defines each number. Slices are counts.
 *
 * @param externalFragmentationRatio 0..1
 * @param expectedUnusableSlices empty where the configured mix names no profile of this GPU
 * @param wholeFree no instance and no allocation; empty where the allocation is unknown
 * @param profiles in the geometry's order
 * @param exact false if a search gave up, which no known GPU reaches: {@code ideal} is then a proven lower bound and
 *     the stranded slices an upper bound
 */
public record FragmentationReport(
        int memoryUsed,
        int memoryFree,
        int memoryStranded,
        int computeUsed,
        int computeFree,
        int computeStranded,
        double externalFragmentationRatio,
        OptionalDouble expectedUnusableSlices,
        Optional<Boolean> wholeFree,
        List<ProfileReport> profiles,
        boolean exact) {

    public FragmentationReport {
        profiles = List.copyOf(profiles);
    }

    /** The row of this profile, if the GPU offers it. */
    public Optional<ProfileReport> profile(String name) {
        return profiles.stream().filter(row -> row.profile().equals(name)).findFirst();
    }
}
