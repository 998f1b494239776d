package dev.lastcall.migplan;

import dev.lastcall.fragmentation.Geometry;
import dev.lastcall.fragmentation.Placement;
import dev.lastcall.fragmentation.Profile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything one GPU can contribute: for each part of the demand that it could serve, the cheapest way. All subsets of idle
 * instances are destroyed in turn, and all legal sets of further instances placed from the first slice to the last.
 */
final class GpuOptions {

    /** Cost is destroyed, then created, then GPUs that change; a GPU has far fewer than 1000 instances. */
    static final long DESTROYED = 1_000_000_000_000L;

    static final long CREATED = 1_000_000L;

    record Option(int serves, List<Placement> destroy, List<Placement> create) {
        long cost() {
            boolean changes = !destroy.isEmpty() || !create.isEmpty();
            return destroy.size() * DESTROYED + create.size() * CREATED + (changes ? 1 : 0);
        }
    }

    private final Demand demand;
    private final Geometry geometry;
    private final Map<Integer, Option> best = new HashMap<>();
    private final List<@Nullable Profile> wanted;

    private GpuOptions(Demand demand, Geometry geometry) {
        this.demand = demand;
        this.geometry = geometry;
        this.wanted = new ArrayList<>();
        demand.profiles().forEach(name -> wanted.add(geometry.profile(name).orElse(null)));
    }

    static List<Option> of(Demand demand, PlanGpu gpu) {
        GpuOptions options = new GpuOptions(demand, gpu.geometry());
        int idle = gpu.idle().size();
        for (long gone = 0; gone < 1L << idle; gone++) {
            List<Placement> destroy = new ArrayList<>();
            List<Placement> stay = new ArrayList<>(gpu.held());
            int[] serves = new int[demand.profiles().size()];
            for (int i = 0; i < idle; i++) {
                Placement instance = gpu.idle().get(i);
                if ((gone >>> i & 1) == 1) {
                    destroy.add(instance);
                } else {
                    stay.add(instance);
                    int wanted = demand.profiles().indexOf(instance.profile());
                    if (wanted >= 0) {
                        serves[wanted]++;
                    }
                }
            }
            options.fill(destroy, stay, serves);
        }
        return List.copyOf(options.best.values());
    }

    private void fill(List<Placement> destroy, List<Placement> stay, int[] serves) {
        long occupied = 0;
        int compute = geometry.computeSlices();
        int[] left = new int[wanted.size()];
        for (int p = 0; p < left.length; p++) {
            Profile profile = wanted.get(p);
            left[p] = profile == null ? 0 : profile.maxCount();
        }
        for (Placement instance : stay) {
            Profile profile = geometry.profile(instance.profile()).orElseThrow();
            occupied |= window(profile, instance.start());
            compute -= profile.compute();
            int p = demand.profiles().indexOf(instance.profile());
            if (p >= 0) {
                left[p]--;
            }
        }
        place(0, occupied, compute, left, serves.clone(), destroy, new ArrayList<>());
    }

    private void place(
            int at,
            long occupied,
            int compute,
            int[] left,
            int[] serves,
            List<Placement> destroy,
            List<Placement> create) {
        if (at == 0 || !create.isEmpty() && at == endOfLast(create)) {
            offer(new Option(demand.number(serves), List.copyOf(destroy), List.copyOf(create)));
        }
        if (at >= geometry.memorySlices()) {
            return;
        }
        for (int p = 0; p < left.length; p++) {
            Profile profile = wanted.get(p);
            if (profile != null
                    && left[p] > 0
                    && serves[p] < demand.need(p)
                    && profile.compute() <= compute
                    && profile.starts().contains(at)
                    && (occupied & window(profile, at)) == 0) {
                left[p]--;
                serves[p]++;
                create.add(new Placement(profile.name(), at));
                place(at + profile.width(), occupied, compute - profile.compute(), left, serves, destroy, create);
                create.removeLast();
                serves[p]--;
                left[p]++;
            }
        }
        place(at + 1, occupied, compute, left, serves, destroy, create);
    }

    private int endOfLast(List<Placement> create) {
        Placement last = create.getLast();
        return last.start() + geometry.profile(last.profile()).orElseThrow().width();
    }

    private void offer(Option option) {
        best.merge(option.serves(), option, (old, other) -> other.cost() < old.cost() ? other : old);
    }

    private static long window(Profile profile, int start) {
        long ones = profile.width() >= Long.SIZE ? -1L : (1L << profile.width()) - 1;
        return ones << start;
    }
}
