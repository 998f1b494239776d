package dev.lastcall.fragmentation;

/** Memory slices as the bits of a long: slice i is bit i. */
final class Slices {

    private Slices() {}

    /** {@code width} slices (1 to 64) from {@code start} on. */
    static long window(int width, int start) {
        return -1L >>> (Long.SIZE - width) << start;
    }
}
