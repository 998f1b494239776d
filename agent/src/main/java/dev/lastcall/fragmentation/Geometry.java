package dev.lastcall.fragmentation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The grid of one GPU model and what may stand on it. Read from the driver at run time: an A100 has 8 memory and 7
 * compute slices, an RTX PRO 6000 has 12 and 4, and profile ids mean different things on different models.
 *
 * @param memorySlices M, at most 64
 * @param computeSlices C
 * @param profiles every profile the GPU offers, in the driver's order
 */
public record Geometry(int memorySlices, int computeSlices, List<Profile> profiles) {

    /** Slices are bits of a long. */
    public static final int MAX_MEMORY_SLICES = Long.SIZE;

    /** @throws IllegalArgumentException where {@link #of} would give a reason */
    public Geometry {
        profiles = List.copyOf(profiles);
        problem(memorySlices, computeSlices, profiles).ifPresent(reason -> {
            throw new IllegalArgumentException(reason);
        });
    }

    /**
     * Derives the grid from the profiles: M = max(start + width), C = max(compute). Right only if the profile of the
     * whole GPU is among them, which the driver always lists.
     */
    public static Checked<Geometry> of(List<Profile> profiles) {
        long memory = 0;
        int compute = 0;
        for (Profile profile : profiles) {
            for (int start : profile.starts()) {
                memory = Math.max(memory, (long) start + profile.width());
            }
            compute = Math.max(compute, profile.compute());
        }
        int slices = (int) Math.min(memory, Integer.MAX_VALUE);
        Optional<String> problem = problem(slices, compute, profiles);
        return problem.isPresent()
                ? new Checked.Invalid<>(problem.get())
                : new Checked.Valid<>(new Geometry(slices, compute, profiles));
    }

    /** The profile of this name, if the GPU offers it. */
    public Optional<Profile> profile(String name) {
        return profiles.stream().filter(profile -> profile.name().equals(name)).findFirst();
    }

    int indexOf(String name) {
        for (int i = 0; i < profiles.size(); i++) {
            if (profiles.get(i).name().equals(name)) {
                return i;
            }
        }
        return -1;
    }

    /** Profiles that differ in nothing but name and count, such as the media variants, are one shape. Widest first. */
    List<Shape> shapes() {
        List<Shape> shapes = new ArrayList<>();
        for (int i = 0; i < profiles.size(); i++) {
            Shape own = Shape.of(profiles.get(i), i);
            int known = -1;
            for (int s = 0; s < shapes.size(); s++) {
                if (shapes.get(s).sameAs(own)) {
                    known = s;
                }
            }
            if (known < 0) {
                shapes.add(own);
            } else {
                shapes.set(known, shapes.get(known).with(i));
            }
        }
        shapes.sort((a, b) -> Integer.compare(b.width(), a.width()));
        return shapes;
    }

    private static Optional<String> problem(int memorySlices, int computeSlices, List<Profile> profiles) {
        if (profiles.isEmpty()) {
            return Optional.of("the GPU offers no GPU instance profile");
        }
        if (memorySlices < 1 || memorySlices > MAX_MEMORY_SLICES) {
            return Optional.of("memory slices: %d, can be 1 to %d".formatted(memorySlices, MAX_MEMORY_SLICES));
        }
        Set<String> names = new HashSet<>();
        for (Profile profile : profiles) {
            if (!names.add(profile.name())) {
                return Optional.of("profile %s is listed twice".formatted(profile.name()));
            }
            if (profile.width() < 1 || profile.compute() < 1 || profile.maxCount() < 1) {
                return Optional.of("profile %s: width %d, compute %d and count %d must be at least 1"
                        .formatted(profile.name(), profile.width(), profile.compute(), profile.maxCount()));
            }
            if (profile.compute() > computeSlices) {
                return Optional.of("profile %s takes %d compute slices of %d"
                        .formatted(profile.name(), profile.compute(), computeSlices));
            }
            if (profile.starts().isEmpty()) {
                return Optional.of("profile %s has no possible placement".formatted(profile.name()));
            }
            for (int start : profile.starts()) {
                if (start < 0 || (long) start + profile.width() > memorySlices) {
                    return Optional.of("profile %s at %d+%d leaves the grid of %d memory slices"
                            .formatted(profile.name(), start, profile.width(), memorySlices));
                }
            }
        }
        return Optional.empty();
    }
}
