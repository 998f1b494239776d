package dev.lastcall.fragmentation;

import dev.lastcall.gpu.MigInstance;
import dev.lastcall.gpu.MigProfile;
import dev.lastcall.gpu.MigState;
import java.util.ArrayList;
import java.util.List;

/** Makes a layout of what the driver reported: the only place where its answers become slices. */
public final class MigLayouts {

    private MigLayouts() {}

    /**
     * The layout, or why there is none: placements are not visible, or what was read makes no sense (torn by a
     * reconfiguration between two calls).
     */
    public static Checked<Layout> of(MigState.Enabled mig) {
        List<Profile> profiles = mig.profiles().stream()
                .flatMap(profile -> offered(profile).stream())
                .toList();
        List<MigInstance> instances = mig.instances().optional().orElse(List.of());
        if (!mig.placementVisible() || profiles.isEmpty()) {
            return new Checked.Invalid<>("the places of MIG instances are not visible to this process");
        }
        return switch (Geometry.of(profiles)) {
            case Checked.Invalid<Geometry>(String reason) -> new Checked.Invalid<>(reason);
            case Checked.Valid<Geometry>(Geometry geometry) -> layout(geometry, instances);
        };
    }

    private static Checked<Layout> layout(Geometry geometry, List<MigInstance> instances) {
        List<Placement> placements = new ArrayList<>();
        for (MigInstance instance : instances) {
            int width = geometry.profile(instance.profile()).map(Profile::width).orElse(0);
            if (width != instance.placement().size()) {
                return new Checked.Invalid<>("instance %d (%s) takes %d memory slices, its profile %d"
                        .formatted(
                                instance.gi(),
                                instance.profile(),
                                instance.placement().size(),
                                width));
            }
            placements.add(placement(instance));
        }
        return Layout.of(geometry, placements);
    }

    static Placement placement(MigInstance instance) {
        return new Placement(instance.profile(), instance.placement().start());
    }

    /** A profile without places or with a count of 0 is one that the driver lists and this product cannot make. */
    private static List<Profile> offered(MigProfile profile) {
        List<dev.lastcall.gpu.Placement> places =
                profile.placements().optional().orElse(List.of());
        return places.isEmpty() || profile.maxInstances() == 0
                ? List.of()
                : List.of(new Profile(
                        profile.name(),
                        places.getFirst().size(),
                        profile.computeSlices(),
                        places.stream().map(dev.lastcall.gpu.Placement::start).toList(),
                        profile.maxInstances()));
    }

    /** Profiles of which the driver counts another number of free places than {@code report}. */
    static List<String> capacityMismatches(MigState.Enabled mig, FragmentationReport report) {
        return mig.profiles().stream()
                .filter(profile -> profile.remaining()
                        .optional()
                        .flatMap(driver -> report.profile(profile.name()).map(row -> row.placeable() != driver))
                        .orElse(false))
                .map(MigProfile::name)
                .toList();
    }
}
