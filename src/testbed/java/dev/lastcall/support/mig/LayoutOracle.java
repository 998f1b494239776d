package dev.lastcall.support.mig;

import dev.lastcall.fragmentation.Geometry;
import dev.lastcall.fragmentation.Placement;
import dev.lastcall.fragmentation.Profile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Answers by looking through the list of all legal layouts, and in no other way: what fits is read off the layouts that
 * contain this one, what would fit off the layouts with the same instances elsewhere, what must go off the layouts it
 * contains. Shares no step with the code it judges.
 */
public final class LayoutOracle {

    private final Geometry geometry;
    /** Each element is a placement; a layout is the set of their positions in this list. */
    private final List<Placement> candidates = new ArrayList<>();

    private final Map<BitSet, int[]> countsByLayout = new LinkedHashMap<>();
    private final Map<List<Integer>, List<BitSet>> layoutsByCounts = new HashMap<>();
    private final Map<BitSet, int[]> placeable = new HashMap<>();

    public LayoutOracle(Geometry geometry) {
        this.geometry = geometry;
        for (Profile profile : geometry.profiles()) {
            for (int start : profile.starts()) {
                candidates.add(new Placement(profile.name(), start));
            }
        }
        enumerate(0, new BitSet());
        for (BitSet layout : countsByLayout.keySet()) {
            placeable.put(layout, placeableBySuperset(layout));
        }
    }

    /** Every legal layout, the empty one included. */
    public List<BitSet> layouts() {
        return List.copyOf(countsByLayout.keySet());
    }

    public List<Placement> instances(BitSet layout) {
        return layout.stream().mapToObj(candidates::get).toList();
    }

    /** Layouts with the same instances, wherever they stand. */
    public List<BitSet> replacements(BitSet layout) {
        return layoutsByCounts.getOrDefault(key(counts(layout)), List.of());
    }

    public int existing(BitSet layout, int profile) {
        return counts(layout)[profile];
    }

    public int placeable(BitSet layout, int profile) {
        return answer(layout)[profile];
    }

    public int ideal(BitSet layout, int profile) {
        return replacements(layout).stream()
                .mapToInt(other -> placeable(other, profile))
                .max()
                .orElseThrow();
    }

    public int evictionsRequired(BitSet layout, int profile) {
        return countsByLayout.keySet().stream()
                .filter(rest -> contains(layout, rest) && placeable(rest, profile) > 0)
                .mapToInt(rest -> layout.cardinality() - rest.cardinality())
                .min()
                .orElseThrow();
    }

    public int strandedMemory(BitSet layout) {
        int most = countsByLayout.keySet().stream()
                .filter(more -> contains(more, layout))
                .mapToInt(this::memory)
                .max()
                .orElseThrow();
        return geometry.memorySlices() - most;
    }

    public int strandedCompute(BitSet layout) {
        int most = countsByLayout.keySet().stream()
                .filter(more -> contains(more, layout))
                .mapToInt(this::compute)
                .max()
                .orElseThrow();
        return geometry.computeSlices() - most;
    }

    /** No further instance fits. */
    public boolean maximal(BitSet layout) {
        for (int count : answer(layout)) {
            if (count > 0) {
                return false;
            }
        }
        return true;
    }

    public int memory(BitSet layout) {
        return instances(layout).stream().mapToInt(i -> profile(i).width()).sum();
    }

    public int compute(BitSet layout) {
        return instances(layout).stream().mapToInt(i -> profile(i).compute()).sum();
    }

    private void enumerate(int next, BitSet chosen) {
        if (!legal(chosen)) {
            return;
        }
        if (next == candidates.size()) {
            BitSet layout = (BitSet) chosen.clone();
            int[] counts = count(layout);
            countsByLayout.put(layout, counts);
            layoutsByCounts
                    .computeIfAbsent(key(counts), any -> new ArrayList<>())
                    .add(layout);
            return;
        }
        enumerate(next + 1, chosen);
        chosen.set(next);
        enumerate(next + 1, chosen);
        chosen.clear(next);
    }

    private boolean legal(BitSet layout) {
        boolean[] taken = new boolean[geometry.memorySlices()];
        for (Placement instance : instances(layout)) {
            for (int i = 0; i < profile(instance).width(); i++) {
                if (taken[instance.start() + i]) {
                    return false;
                }
                taken[instance.start() + i] = true;
            }
        }
        int[] counts = count(layout);
        for (int p = 0; p < counts.length; p++) {
            if (counts[p] > geometry.profiles().get(p).maxCount()) {
                return false;
            }
        }
        return compute(layout) <= geometry.computeSlices();
    }

    private int[] placeableBySuperset(BitSet layout) {
        int[] counts = counts(layout);
        int[] most = new int[counts.length];
        countsByLayout.forEach((more, moreCounts) -> {
            if (contains(more, layout)) {
                int added = more.cardinality() - layout.cardinality();
                for (int p = 0; p < counts.length; p++) {
                    if (moreCounts[p] - counts[p] == added) {
                        most[p] = Math.max(most[p], added);
                    }
                }
            }
        });
        return most;
    }

    private int[] count(BitSet layout) {
        int[] counts = new int[geometry.profiles().size()];
        for (Placement instance : instances(layout)) {
            counts[geometry.profiles().indexOf(profile(instance))]++;
        }
        return counts;
    }

    private int[] counts(BitSet layout) {
        return countsByLayout.getOrDefault(layout, new int[0]);
    }

    private int[] answer(BitSet layout) {
        return placeable.getOrDefault(layout, new int[0]);
    }

    private Profile profile(Placement instance) {
        return geometry.profile(instance.profile()).orElseThrow();
    }

    private static boolean contains(BitSet whole, BitSet part) {
        BitSet missing = (BitSet) part.clone();
        missing.andNot(whole);
        return missing.isEmpty();
    }

    private static List<Integer> key(int[] counts) {
        return Arrays.stream(counts).boxed().toList();
    }
}
