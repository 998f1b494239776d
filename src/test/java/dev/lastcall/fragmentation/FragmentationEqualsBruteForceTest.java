package dev.lastcall.fragmentation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.support.mig.LayoutOracle;
import dev.lastcall.support.mig.MigGeometries;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FragmentationEqualsBruteForceTest {

    @ParameterizedTest
    @CsvSource({
        "a100-40, 1g.10gb, 298, 19",
        "a100-80, 1g.20gb, 298, 19",
        "h100-80, 1g.20gb, 298, 19",
        "h200, 1g.35gb, 298, 19",
        "a100-40, -, 723, 78",
        "a100-80, -, 723, 78",
        "h100-80, -, 723, 78",
        "h200, -, 723, 78",
        "a30, -, 26, 5",
        "rtx-pro-6000, -, 26, 5"
    })
    void every_legal_layout_of_a_known_model_gives_the_same_numbers(
            String model, String without, int layouts, int maximal) {
        LayoutOracle oracle = check(MigGeometries.withoutVariantsNor(model, without), true);

        assertThat(oracle.layouts()).hasSize(layouts);
        assertThat(oracle.layouts().stream().filter(oracle::maximal)).hasSize(maximal);
    }

    /** A variant shares slices and compute with its plain profile but is counted by itself: one {@code +me} per GPU. */
    @ParameterizedTest
    @CsvSource({"a30", "rtx-pro-6000", "h100-80"})
    void media_variants_are_counted_by_themselves(String model) {
        Geometry geometry = MigGeometries.of(model);
        // With all of its variants an 8/7 GPU has many thousand layouts that differ in names only.
        check(model.equals("h100-80") ? only(geometry, "1g.10gb", "1g.10gb+me", "3g.40gb", "4g.40gb") : geometry, true);
    }

    /**
     * Guards what the known models cannot show: where alignment makes the closed form of the ideal too high, where an
     * eviction must free compute that no overlapping instance holds, where a count is the limit.
     */
    @Test
    void random_geometries_give_the_same_numbers() {
        Random random = new Random(20260101);
        int withAnIdealBelowTheClosedForm = 0;
        for (int i = 0; i < 300; i++) {
            Geometry geometry = randomGeometry(random);
            LayoutOracle oracle = check(geometry, false);
            withAnIdealBelowTheClosedForm += closedFormIsTooHigh(geometry, oracle) ? 1 : 0;
        }
        assertThat(withAnIdealBelowTheClosedForm)
                .as("geometries that would catch an ideal computed by the closed form alone")
                .isGreaterThan(20);
    }

    private static LayoutOracle check(Geometry geometry, boolean closedFormHolds) {
        LayoutOracle oracle = new LayoutOracle(geometry);
        for (BitSet layout : oracle.layouts()) {
            List<Placement> instances = oracle.instances(layout);
            FragmentationReport report = Fragmentation.of(
                    Layout.of(geometry, instances).orThrow(IllegalArgumentException::new),
                    new ProfileWeights.Uniform(),
                    new Usage.Unknown());

            assertThat(report.exact()).isTrue();
            assertThat(report.memoryUsed()).as("used %s", instances).isEqualTo(oracle.memory(layout));
            assertThat(report.computeUsed()).as("used %s", instances).isEqualTo(oracle.compute(layout));
            assertThat(report.memoryUsed() + report.memoryFree()).isEqualTo(geometry.memorySlices());
            assertThat(report.computeUsed() + report.computeFree()).isEqualTo(geometry.computeSlices());
            assertThat(List.of(report.memoryStranded(), report.computeStranded()))
                    .as("stranded memory and compute of %s on %s", instances, geometry)
                    .containsExactly(oracle.strandedMemory(layout), oracle.strandedCompute(layout));
            for (int p = 0; p < geometry.profiles().size(); p++) {
                ProfileReport row = report.profiles().get(p);
                assertThat(List.of(row.existing(), row.placeable(), row.ideal(), row.evictionsRequired()))
                        .as(
                                "existing, placeable, ideal, evictions of %s in %s on %s",
                                row.profile(), instances, geometry)
                        .containsExactly(
                                oracle.existing(layout, p),
                                oracle.placeable(layout, p),
                                oracle.ideal(layout, p),
                                oracle.evictionsRequired(layout, p));
                if (closedFormHolds) {
                    assertThat(row.ideal())
                            .isEqualTo(closedForm(geometry.profiles().get(p), report, row.existing()));
                }
            }
        }
        return oracle;
    }

    private static boolean closedFormIsTooHigh(Geometry geometry, LayoutOracle oracle) {
        for (BitSet layout : oracle.layouts()) {
            FragmentationReport report = Fragmentation.of(
                    new Layout(geometry, oracle.instances(layout)), new ProfileWeights.Uniform(), new Usage.Unknown());
            for (int p = 0; p < geometry.profiles().size(); p++) {
                if (oracle.ideal(layout, p)
                        < closedForm(geometry.profiles().get(p), report, oracle.existing(layout, p))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static int closedForm(Profile profile, FragmentationReport report, int existing) {
        return Math.min(
                report.memoryFree() / profile.width(),
                Math.min(report.computeFree() / profile.compute(), profile.maxCount() - existing));
    }

    private static Geometry only(Geometry geometry, String... names) {
        return new Geometry(
                geometry.memorySlices(),
                geometry.computeSlices(),
                geometry.profiles().stream()
                        .filter(profile -> List.of(names).contains(profile.name()))
                        .toList());
    }

    private static Geometry randomGeometry(Random random) {
        int memory = 4 + random.nextInt(4);
        int compute = 3 + random.nextInt(5);
        List<Profile> profiles = new ArrayList<>();
        int kinds = 2 + random.nextInt(2);
        for (int i = 0; i < kinds; i++) {
            int width = 1 + random.nextInt(Math.min(4, memory));
            TreeSet<Integer> starts = new TreeSet<>();
            for (int s = 0; s < 4; s++) {
                starts.add(random.nextInt(memory - width + 1));
            }
            profiles.add(new Profile(
                    "p" + i,
                    width,
                    1 + random.nextInt(Math.min(4, compute)),
                    List.copyOf(starts),
                    1 + random.nextInt(starts.size())));
        }
        return new Geometry(memory, compute, profiles);
    }
}
