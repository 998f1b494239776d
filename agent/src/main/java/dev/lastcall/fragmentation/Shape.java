package dev.lastcall.fragmentation;

import java.util.ArrayList;
import java.util.List;

/**
 * What placement can tell apart: {@code 1g.10gb} and {@code 1g.10gb+me} are one shape. Merging them keeps the searches
 * small and is exact, since a set of their instances is legal if their number is within the sum of their counts.
 *
 * @param profiles indices into {@link Geometry#profiles()}
 */
record Shape(int width, int compute, long starts, List<Integer> profiles) {

    static Shape of(Profile profile, int index) {
        return new Shape(profile.width(), profile.compute(), profile.startMask(), List.of(index));
    }

    boolean sameAs(Shape other) {
        return width == other.width && compute == other.compute && starts == other.starts;
    }

    Shape with(int index) {
        List<Integer> all = new ArrayList<>(profiles);
        all.add(index);
        return new Shape(width, compute, starts, List.copyOf(all));
    }

    boolean mayStartAt(int slice) {
        return (starts >>> slice & 1) == 1;
    }
}
