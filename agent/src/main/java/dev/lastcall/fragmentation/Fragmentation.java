package dev.lastcall.fragmentation;

import dev.lastcall.fragmentation.Packing.Stranded;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The definitions, for one GPU with M memory and C compute slices. Instance i takes the slices [sᵢ, sᵢ + wᵢ) and gᵢ
 * compute; F and G are the free memory and compute slices. Profile p has width w, compute g, legal starts, a greatest
 * count n and e existing instances.
 *
 * <ul>
 *   <li><b>placeable</b> k: the most disjoint starts inside the free slices, at most ⌊G/g⌋ and n − e. The driver's own
 *       answer is {@code nvmlDeviceGetGpuInstanceRemainingCapacity}.
 *   <li><b>ideal</b> k*: the greatest k over all re-placements of the same instances; never more than
 *       min(⌊F/w⌋, ⌊G/g⌋, n − e), and equal to it on every layout of the A100, H100, A30 and RTX PRO 6000.
 *   <li><b>fragmentation ratio</b>: 1 − k/k*, 0 where k* = 0. Between 0 and 1: what better placement would give.
 *   <li><b>unusable ratio</b>: (F − k·w)/F, 0 where F = 0; the unusable free space index of the Linux page allocator
 *       (M. Gorman, 2010) with slices for pages.
 *   <li><b>external fragmentation</b>: 1 − W/W*, the widths of the widest placeable and the widest ideal profile.
 *   <li><b>stranded</b> memory and compute: F and G less the most that any legal set of further instances can cover.
 *   <li><b>evictions required</b>: the fewest instances whose removal makes k ≥ 1, the others staying where they are.
 *   <li><b>expected unusable slices</b>: Σ π·(F − k·w), the expectation of slices the next request cannot use; the MIG
 *       form of FGD's fragmentation measure (Weng et al., "Beware of Fragmentation", USENIX ATC 2023). π is uniform
 *       over the distinct shapes, or configured.
 *   <li><b>placeable if idle released</b>: k with only the allocated instances kept.
 *   <li><b>whole free</b>: no instance and no allocation.
 * </ul>
 *
 * k and k* of <em>different</em> profiles describe the same slices and must not be added.
 */
public final class Fragmentation {

    private final Layout layout;
    private final Geometry geometry;
    private final List<Shape> shapes;
    private final Packing packing;
    private final List<Standing> standing;
    private final int[] existing;
    private final long free;
    private final int freeMemory;
    private final int freeCompute;

    private Fragmentation(Layout layout) {
        this.layout = layout;
        this.geometry = layout.geometry();
        this.shapes = geometry.shapes();
        this.packing = new Packing(geometry, shapes);
        this.standing = new ArrayList<>();
        this.existing = new int[geometry.profiles().size()];
        long occupied = 0;
        int compute = 0;
        for (Placement instance : layout.instances()) {
            int index = geometry.indexOf(instance.profile());
            Profile profile = geometry.profiles().get(index);
            Standing here = new Standing(profile.windowAt(instance.start()), profile.compute());
            standing.add(here);
            existing[index]++;
            occupied |= here.window();
            compute += here.compute();
        }
        // Where compute is short, the fewest evictions free the largest instances first.
        standing.sort(Comparator.comparingInt(Standing::compute).reversed());
        this.free = Slices.window(geometry.memorySlices(), 0) & ~occupied;
        this.freeMemory = Long.bitCount(free);
        this.freeCompute = geometry.computeSlices() - compute;
    }

    /** Everything about one GPU; microseconds, no side effect. */
    public static FragmentationReport of(Layout layout, ProfileWeights weights, Usage usage) {
        return new Fragmentation(layout).report(weights, usage);
    }

    /** Also for a GPU without MIG, which has no layout: it has no instances. */
    public static boolean wholeFree(int instances, Usage.Known usage) {
        return instances == 0 && !usage.wholeGpu();
    }

    private FragmentationReport report(ProfileWeights weights, Usage usage) {
        Optional<Fragmentation> idleReleased = switch (usage) {
            case Usage.Unknown() -> Optional.empty();
            case Usage.Known known -> Optional.of(new Fragmentation(kept(known.allocated())));
        };
        List<ProfileReport> rows = new ArrayList<>();
        int widest = 0;
        int widestIdeal = 0;
        for (int p = 0; p < geometry.profiles().size(); p++) {
            Profile profile = geometry.profiles().get(p);
            int placeable = placeable(p);
            int ideal = ideal(p, placeable);
            widest = placeable > 0 ? Math.max(widest, profile.width()) : widest;
            widestIdeal = ideal > 0 ? Math.max(widestIdeal, profile.width()) : widestIdeal;
            int index = p;
            rows.add(new ProfileReport(
                    profile.name(),
                    existing[p],
                    placeable,
                    ideal,
                    lost(placeable, ideal),
                    lost(placeable * profile.width(), freeMemory),
                    placeable > 0 ? 0 : evictions(p),
                    idleReleased
                            .map(without -> OptionalInt.of(without.placeable(index)))
                            .orElseGet(OptionalInt::empty)));
        }
        Stranded stranded = packing.stranded(free, freeCompute, countsLeft());
        return new FragmentationReport(
                geometry.memorySlices() - freeMemory,
                freeMemory,
                stranded.memory(),
                geometry.computeSlices() - freeCompute,
                freeCompute,
                stranded.compute(),
                lost(widest, widestIdeal),
                expectedUnusable(weights, rows),
                usage instanceof Usage.Known known
                        ? Optional.of(wholeFree(layout.instances().size(), known))
                        : Optional.empty(),
                rows,
                packing.exact());
    }

    /** Greedy from the left is optimal for windows of one width. */
    private int placeable(int p) {
        Profile profile = geometry.profiles().get(p);
        int bound = Math.min(freeCompute / profile.compute(), profile.maxCount() - existing[p]);
        long left = free;
        int found = 0;
        for (int start : profile.starts()) {
            long window = profile.windowAt(start);
            if (found < bound && (left & window) == window) {
                left &= ~window;
                found++;
            }
        }
        return found;
    }

    private int ideal(int p, int placeable) {
        Profile profile = geometry.profiles().get(p);
        int bound = Math.min(
                freeMemory / profile.width(),
                Math.min(freeCompute / profile.compute(), profile.maxCount() - existing[p]));
        int[] counts = new int[shapes.size()];
        int own = 0;
        for (int s = 0; s < counts.length; s++) {
            for (int member : shapes.get(s).profiles()) {
                counts[s] += existing[member];
                own = member == p ? s : own;
            }
        }
        int standingOfShape = counts[own];
        for (int k = bound; k > placeable; k--) {
            counts[own] = standingOfShape + k;
            if (packing.fits(counts)) {
                return k;
            }
        }
        return placeable;
    }

    private int evictions(int p) {
        if (existing[p] > 0) {
            // One of its own kind goes and its place, its compute and its share of the count are free.
            return 1;
        }
        int fewest = Integer.MAX_VALUE;
        for (int start : geometry.profiles().get(p).starts()) {
            fewest = Math.min(fewest, evictionsAt(geometry.profiles().get(p), start));
        }
        return fewest;
    }

    /** What stands in the way goes; then whatever frees the compute that is still short. */
    private int evictionsAt(Profile profile, int start) {
        long window = profile.windowAt(start);
        int evicted = 0;
        int lacking = profile.compute() - freeCompute;
        for (Standing instance : standing) {
            if ((instance.window() & window) != 0) {
                evicted++;
                lacking -= instance.compute();
            }
        }
        for (Standing instance : standing) {
            if (lacking > 0 && (instance.window() & window) == 0) {
                evicted++;
                lacking -= instance.compute();
            }
        }
        return evicted;
    }

    private int[] countsLeft() {
        int[] left = new int[shapes.size()];
        for (int s = 0; s < left.length; s++) {
            for (int member : shapes.get(s).profiles()) {
                left[s] += geometry.profiles().get(member).maxCount() - existing[member];
            }
        }
        return left;
    }

    private OptionalDouble expectedUnusable(ProfileWeights weights, List<ProfileReport> rows) {
        double sum = 0;
        double total = 0;
        switch (weights) {
            case ProfileWeights.Uniform() -> {
                for (Shape shape : shapes) {
                    int most = 0;
                    for (int member : shape.profiles()) {
                        most = Math.max(most, rows.get(member).placeable());
                    }
                    sum += freeMemory - most * shape.width();
                    total += 1;
                }
            }
            case ProfileWeights.Configured configured -> {
                for (int p = 0; p < rows.size(); p++) {
                    double weight =
                            configured.weights().getOrDefault(rows.get(p).profile(), 0.0);
                    sum += weight
                            * (freeMemory
                                    - rows.get(p).placeable()
                                            * geometry.profiles().get(p).width());
                    total += weight;
                }
            }
        }
        return total > 0 ? OptionalDouble.of(sum / total) : OptionalDouble.empty();
    }

    private Layout kept(Set<Placement> allocated) {
        return new Layout(
                geometry,
                layout.instances().stream().filter(allocated::contains).toList());
    }

    private static double lost(int have, int could) {
        return could == 0 ? 0 : 1 - (double) have / could;
    }

    private record Standing(long window, int compute) {}
}
