package dev.lastcall.fragmentation;

import java.util.List;

/**
 * The two questions that need a search. Both walk the memory slices from left to right, so that no set of instances is
 * seen in two orders; an empty A100 takes some hundred steps.
 */
final class Packing {

    /** About a millisecond: no known GPU comes near, and a driver that lists nonsense must not hang the scan. */
    private static final int STEP_LIMIT = 100_000;

    private final int memorySlices;
    private final List<Shape> shapes;
    private int steps;
    private boolean gaveUp;
    private long free;
    private int freeSlices;
    private int freeCompute;
    private int bestMemory;
    private int bestCompute;

    Packing(Geometry geometry, List<Shape> shapes) {
        this.memorySlices = geometry.memorySlices();
        this.shapes = shapes;
    }

    /** False if any search so far ended at its limit. */
    boolean exact() {
        return !gaveUp;
    }

    /** Can these instances, counted by shape, stand together on an otherwise empty GPU? Compute is the caller's. */
    boolean fits(int[] counts) {
        steps = 0;
        int slack = memorySlices;
        int instances = 0;
        for (int s = 0; s < counts.length; s++) {
            slack -= counts[s] * shapes.get(s).width();
            instances += counts[s];
        }
        return slack >= 0 && place(0, slack, instances, counts.clone());
    }

    private boolean place(int at, int slack, int instances, int[] counts) {
        if (instances == 0) {
            return true;
        }
        if (at >= memorySlices || exhausted()) {
            return false;
        }
        for (int s = 0; s < counts.length; s++) {
            Shape shape = shapes.get(s);
            if (counts[s] > 0 && shape.mayStartAt(at)) {
                counts[s]--;
                if (place(at + shape.width(), slack, instances - 1, counts)) {
                    return true;
                }
                counts[s]++;
            }
        }
        return slack > 0 && place(at + 1, slack - 1, instances, counts);
    }

    /** What no legal set of further instances can use. Memory and compute are each counted for their own best set. */
    Stranded stranded(long freeMask, int computeLeft, int[] countsLeft) {
        steps = 0;
        free = freeMask;
        freeSlices = Long.bitCount(freeMask);
        freeCompute = computeLeft;
        bestMemory = 0;
        bestCompute = 0;
        cover(0, 0, 0, countsLeft.clone());
        return new Stranded(freeSlices - bestMemory, freeCompute - bestCompute);
    }

    private void cover(int at, int memory, int compute, int[] left) {
        bestMemory = Math.max(bestMemory, memory);
        bestCompute = Math.max(bestCompute, compute);
        if (at >= memorySlices) {
            return;
        }
        int ahead = Long.bitCount(free & -1L << at);
        boolean canImprove = memory + ahead > bestMemory || bestCompute < freeCompute;
        if (ahead == 0 || !canImprove || exhausted()) {
            return;
        }
        for (int s = 0; s < left.length; s++) {
            Shape shape = shapes.get(s);
            long window = Slices.window(shape.width(), at);
            if (left[s] > 0
                    && shape.mayStartAt(at)
                    && (free & window) == window
                    && compute + shape.compute() <= freeCompute) {
                left[s]--;
                cover(at + shape.width(), memory + shape.width(), compute + shape.compute(), left);
                left[s]++;
            }
        }
        cover(at + 1, memory, compute, left);
    }

    private boolean exhausted() {
        if (++steps > STEP_LIMIT) {
            gaveUp = true;
        }
        return steps > STEP_LIMIT;
    }

    /** Slices that stay idle whatever is created next. */
    record Stranded(int memory, int compute) {}
}
