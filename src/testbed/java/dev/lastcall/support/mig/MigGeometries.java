package dev.lastcall.support.mig;

import dev.lastcall.fragmentation.Geometry;
import dev.lastcall.fragmentation.Profile;
import java.util.List;
import java.util.Set;

/**
 * What NVIDIA's tools print for these models (MIG user guide, {@code nvidia-smi mig -lgip} and {@code -lgipp}; names by
 * device id as in NVIDIA's mig-parted). Only tests may know them: the agent reads them from the driver.
 */
public final class MigGeometries {

    private MigGeometries() {}

    /** The models of the simulator's scenario files that can be partitioned. */
    public static final List<String> MODELS = List.of("a100-40", "a100-80", "h100-80", "h200", "a30", "rtx-pro-6000");

    /** Every profile of the model, with its media variants. */
    public static Geometry of(String model) {
        return switch (model) {
            case "a100-40" -> eightBySeven("5gb", "10gb", "20gb", "40gb");
            case "a100-80", "h100-80" -> eightBySeven("10gb", "20gb", "40gb", "80gb");
            // No capture of its placements was found; NVIDIA gives it the ids and counts of the H100.
            case "h200" -> eightBySeven("18gb", "35gb", "71gb", "141gb");
            case "a30" ->
                geometry(
                        profile("1g.6gb", 1, 1, 4, 0, 1, 2, 3),
                        profile("1g.6gb+me", 1, 1, 1, 0, 1, 2, 3),
                        profile("2g.12gb", 2, 2, 2, 0, 2),
                        profile("2g.12gb+me", 2, 2, 1, 0, 2),
                        profile("4g.24gb", 4, 4, 1, 0));
            case "rtx-pro-6000" ->
                geometry(
                        profile("1g.24gb", 3, 1, 4, 0, 3, 6, 9),
                        profile("1g.24gb+me", 3, 1, 1, 0, 3, 6, 9),
                        profile("1g.24gb+gfx", 3, 1, 4, 0, 3, 6, 9),
                        profile("1g.24gb+me.all", 3, 1, 1, 0, 3, 6, 9),
                        profile("1g.24gb-me", 3, 1, 4, 0, 3, 6, 9),
                        profile("2g.48gb", 6, 2, 2, 0, 6),
                        profile("2g.48gb+gfx", 6, 2, 2, 0, 6),
                        profile("2g.48gb+me.all", 6, 2, 1, 0, 6),
                        profile("2g.48gb-me", 6, 2, 2, 0, 6),
                        profile("4g.96gb", 12, 4, 1, 0),
                        profile("4g.96gb+gfx", 12, 4, 1, 0));
            default -> throw new IllegalArgumentException("no geometry of " + model);
        };
    }

    /** Without the variants that only add engines: what the published counts of layouts speak of. */
    public static Geometry withoutVariants(String model) {
        Geometry all = of(model);
        return new Geometry(
                all.memorySlices(),
                all.computeSlices(),
                all.profiles().stream()
                        .filter(profile -> !profile.name().matches(".*gb[+-].*"))
                        .toList());
    }

    /** Without variants and without these profiles. */
    public static Geometry withoutVariantsNor(String model, String... names) {
        Geometry all = withoutVariants(model);
        return new Geometry(
                all.memorySlices(),
                all.computeSlices(),
                all.profiles().stream()
                        .filter(profile -> !Set.of(names).contains(profile.name()))
                        .toList());
    }

    private static Geometry eightBySeven(String eighth, String quarter, String half, String full) {
        return geometry(
                profile("1g." + eighth, 1, 1, 7, 0, 1, 2, 3, 4, 5, 6),
                profile("1g." + eighth + "+me", 1, 1, 1, 0, 1, 2, 3, 4, 5, 6),
                profile("1g." + quarter, 2, 1, 4, 0, 2, 4, 6),
                profile("2g." + quarter, 2, 2, 3, 0, 2, 4),
                profile("3g." + half, 4, 3, 2, 0, 4),
                profile("4g." + half, 4, 4, 1, 0),
                profile("7g." + full, 8, 7, 1, 0));
    }

    private static Geometry geometry(Profile... profiles) {
        return Geometry.of(List.of(profiles)).orThrow(IllegalArgumentException::new);
    }

    private static Profile profile(String name, int width, int compute, int maxCount, Integer... starts) {
        return new Profile(name, width, compute, List.of(starts), maxCount);
    }
}
