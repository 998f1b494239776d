package dev.lastcall.gpu.nvml;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.fragmentation.Checked;
import dev.lastcall.fragmentation.Fragmentation;
import dev.lastcall.fragmentation.FragmentationReport;
import dev.lastcall.fragmentation.Layout;
import dev.lastcall.fragmentation.MigLayouts;
import dev.lastcall.fragmentation.Placement;
import dev.lastcall.fragmentation.ProfileReport;
import dev.lastcall.fragmentation.ProfileWeights;
import dev.lastcall.fragmentation.Usage;
import dev.lastcall.gpu.Gpu;
import dev.lastcall.gpu.GpuSnapshot;
import dev.lastcall.gpu.MigState;
import dev.lastcall.support.mig.LayoutOracle;
import dev.lastcall.support.mig.MigGeometries;
import dev.lastcall.support.nvml.NvmlSim;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every reachable layout, read through the real native path: what we say still fits is what the driver call says, profile by
 * profile. Two searches that share no line: ours is greedy over bits, the simulator's tries every combination in C. The third
 * is the list of all layouts itself.
 */
class PlaceableEqualsTheDriversCountTest {

    /** GPUs of one scenario, each with a layout of its own. */
    private static final int BATCH = 8;

    @TempDir
    Path folder;

    @ParameterizedTest(name = "{0} without [{1}]: {2} layouts")
    @CsvSource({
        "a100-40, 1g.10gb, 298",
        "a100-40, '', 723",
        "a100-80, '', 723",
        "h100-80, '', 723",
        "h200, '', 723",
        "a30, '', 26",
        "rtx-pro-6000, '', 26"
    })
    void placeable_is_the_drivers_remaining_capacity_in_every_reachable_layout(
            String model, String without, int layouts) throws Exception {
        var geometry = MigGeometries.withoutVariantsNor(model, without);
        LayoutOracle oracle = new LayoutOracle(geometry);
        List<BitSet> all = oracle.layouts();
        assertThat(all).hasSize(layouts);
        NvmlSim sim = NvmlSim.in(folder, scenario(model, List.of()));
        int compared = 0;

        try (NvmlGpuReader reader = new NvmlGpuReader(
                NvmlOptions.of(sim.library(), Duration.ofSeconds(30)), InstantSource.system(), () -> {})) {
            for (int from = 0; from < all.size(); from += BATCH) {
                List<BitSet> batch = all.subList(from, Math.min(all.size(), from + BATCH));
                sim.scenario(
                        scenario(model, batch.stream().map(oracle::instances).toList()));
                GpuSnapshot snapshot = reader.scan();
                assertThat(snapshot.gpus()).hasSize(batch.size());
                for (int gpu = 0; gpu < batch.size(); gpu++) {
                    BitSet layout = batch.get(gpu);
                    MigState.Enabled mig = enabled(snapshot.gpus().get(gpu));
                    FragmentationReport ours = reported(mig, oracle.instances(layout));

                    assertThat(placeable(ours))
                            .as("%s %s", model, oracle.instances(layout))
                            .isEqualTo(remaining(mig));
                    for (int p = 0; p < geometry.profiles().size(); p++) {
                        String profile = geometry.profiles().get(p).name();
                        assertThat(remaining(mig))
                                .as("the driver call against the list of layouts, %s", oracle.instances(layout))
                                .containsEntry(profile, oracle.placeable(layout, p));
                    }
                    compared += mig.profiles().size();
                }
            }
        }

        assertThat(compared)
                .as("all layouts by all profiles the GPU offers, media variants included")
                .isEqualTo(layouts * MigGeometries.of(model).profiles().size());
    }

    private static String scenario(String model, List<List<Placement>> gpus) {
        return gpus.stream()
                .map(instances -> """
                        {"geometry": "%s", "mig": true, "instances": [%s]}""".formatted(
                        model,
                        instances.stream()
                                .map(at -> "{\"profile\": \"%s\", \"start\": %d}".formatted(at.profile(), at.start()))
                                .collect(Collectors.joining(", "))))
                .collect(Collectors.joining(",\n", "{\"gpus\": [", "]}"));
    }

    private static MigState.Enabled enabled(Gpu gpu) {
        return (MigState.Enabled) gpu.fresh().orElseThrow().mig();
    }

    private static FragmentationReport reported(MigState.Enabled mig, List<Placement> instances) {
        return switch (MigLayouts.of(mig)) {
            case Checked.Invalid<Layout>(String reason) -> throw new AssertionError(instances + ": " + reason);
            case Checked.Valid<Layout>(Layout layout) -> {
                assertThat(layout.instances()).containsExactlyInAnyOrderElementsOf(instances);
                yield Fragmentation.of(layout, new ProfileWeights.Uniform(), new Usage.Unknown());
            }
        };
    }

    private static Map<String, Integer> placeable(FragmentationReport report) {
        return report.profiles().stream()
                .collect(Collectors.toMap(ProfileReport::profile, ProfileReport::placeable, (a, _) -> a, TreeMap::new));
    }

    private static Map<String, Integer> remaining(MigState.Enabled mig) {
        Map<String, Integer> driver = new TreeMap<>();
        mig.profiles()
                .forEach(profile -> driver.put(
                        profile.name(), profile.remaining().optional().orElseThrow()));
        return driver;
    }
}
