package dev.lastcall.fragmentation;

import java.util.List;
import java.util.Optional;

/**
 * The GPU instances on one GPU, known to be legal: every one at a start of its profile, none overlapping, within the
 * compute slices and each profile's count. A reading that is not legal was torn by a reconfiguration or comes from a
 * geometry this agent misread; no number is better than a wrong one.
 */
public record Layout(Geometry geometry, List<Placement> instances) {

    /** @throws IllegalArgumentException where {@link #of} would give a reason */
    public Layout {
        instances = List.copyOf(instances);
        problem(geometry, instances).ifPresent(reason -> {
            throw new IllegalArgumentException(reason);
        });
    }

    /** The layout, or which instance makes it impossible and why. */
    public static Checked<Layout> of(Geometry geometry, List<Placement> instances) {
        Optional<String> problem = problem(geometry, instances);
        return problem.isPresent()
                ? new Checked.Invalid<>(problem.get())
                : new Checked.Valid<>(new Layout(geometry, instances));
    }

    private static Optional<String> problem(Geometry geometry, List<Placement> instances) {
        int[] counts = new int[geometry.profiles().size()];
        long occupied = 0;
        int compute = 0;
        for (Placement instance : instances) {
            int index = geometry.indexOf(instance.profile());
            if (index < 0) {
                return Optional.of("%s: the GPU offers no such profile".formatted(instance));
            }
            Profile profile = geometry.profiles().get(index);
            if (!profile.starts().contains(instance.start())) {
                return Optional.of("%s: this profile starts at %s".formatted(instance, profile.starts()));
            }
            long window = profile.windowAt(instance.start());
            if ((occupied & window) != 0) {
                return Optional.of("%s: overlaps another instance".formatted(instance));
            }
            occupied |= window;
            compute += profile.compute();
            if (compute > geometry.computeSlices()) {
                return Optional.of("%s: the instances take %d compute slices of %d"
                        .formatted(instance, compute, geometry.computeSlices()));
            }
            if (++counts[index] > profile.maxCount()) {
                return Optional.of("%s: more than %d of this profile".formatted(instance, profile.maxCount()));
            }
        }
        return Optional.empty();
    }
}
