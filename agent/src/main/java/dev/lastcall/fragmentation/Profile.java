package dev.lastcall.fragmentation;

import java.util.List;

/**
 * A GPU instance profile as the driver describes it. A plain value: {@link Geometry#of} says whether it makes sense.
 *
 * @param name the public name, for example {@code 3g.20gb}; unique on one GPU
 * @param width memory slices one instance takes ({@code size} of its possible placements), not to be derived from
 *     bytes: on an H200 the ratio of memory sizes is 8.75, not 8
 * @param compute compute slices one instance takes ({@code sliceCount} of the profile info)
 * @param starts memory slices at which an instance may begin ({@code nvmlDeviceGetGpuInstancePossiblePlacements_v2})
 * @param maxCount the most instances of this profile on an empty GPU ({@code instanceCount} of the profile info)
 */
public record Profile(String name, int width, int compute, List<Integer> starts, int maxCount) {

    public Profile {
        starts = starts.stream().sorted().distinct().toList();
    }

    /** Bit i is set where an instance may begin at memory slice i. */
    long startMask() {
        long mask = 0;
        for (int start : starts) {
            mask |= 1L << start;
        }
        return mask;
    }

    /** The memory slices an instance at {@code start} takes, as bits. */
    long windowAt(int start) {
        return Slices.window(width, start);
    }
}
