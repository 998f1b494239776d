package dev.lastcall.fragmentation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.support.mig.LayoutOracle;
import dev.lastcall.support.mig.MigGeometries;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What must hold on any layout, on random walks of creations and releases with a fixed seed. */
class FragmentationPropertiesTest {

    static final List<String> MODELS = MigGeometries.MODELS;

    private static final int STEPS = 500;

    @ParameterizedTest
    @FieldSource("MODELS")
    void ratios_are_ratios_and_counts_never_exceed_what_there_is(String model) {
        walk(model, 1, layout -> {
            FragmentationReport report = report(layout);
            assertThat(report.exact()).isTrue();
            assertThat(report.externalFragmentationRatio()).isBetween(0.0, 1.0);
            assertThat(report.memoryStranded()).isBetween(0, report.memoryFree());
            assertThat(report.computeStranded()).isBetween(0, report.computeFree());
            assertThat(report.expectedUnusableSlices().orElseThrow())
                    .isBetween((double) report.memoryStranded(), (double) report.memoryFree());
            for (ProfileReport row : report.profiles()) {
                assertThat(row.placeable()).isBetween(0, row.ideal());
                assertThat(row.fragmentationRatio()).isBetween(0.0, 1.0);
                assertThat(row.unusableRatio()).isBetween(0.0, 1.0);
                assertThat(row.evictionsRequired())
                        .isBetween(0, layout.instances().size());
                assertThat(row.evictionsRequired() == 0).isEqualTo(row.placeable() > 0);
            }
        });
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void a_full_and_an_empty_gpu_are_not_fragmented(String model) {
        Geometry geometry = MigGeometries.of(model);
        Profile whole = geometry.profiles().stream()
                .filter(profile -> profile.width() == geometry.memorySlices())
                .findFirst()
                .orElseThrow();
        for (List<Placement> instances : List.of(List.<Placement>of(), List.of(new Placement(whole.name(), 0)))) {
            FragmentationReport report = report(new Layout(geometry, instances));

            assertThat(report.profiles())
                    .extracting(ProfileReport::fragmentationRatio)
                    .containsOnly(0.0);
            assertThat(report.externalFragmentationRatio()).isZero();
            assertThat(report.memoryStranded()).isZero();
            assertThat(report.computeStranded()).isZero();
        }
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void releasing_an_instance_never_takes_room_away(String model) {
        walk(model, 2, layout -> {
            FragmentationReport before = report(layout);
            for (Placement gone : layout.instances()) {
                FragmentationReport after = report(without(layout, gone));
                for (int p = 0; p < after.profiles().size(); p++) {
                    ProfileReport was = before.profiles().get(p);
                    ProfileReport is = after.profiles().get(p);
                    assertThat(is.placeable()).as("%s less %s", layout, gone).isGreaterThanOrEqualTo(was.placeable());
                    assertThat(is.ideal()).as("%s less %s", layout, gone).isGreaterThanOrEqualTo(was.ideal());
                    assertThat(is.evictionsRequired())
                            .as("%s less %s", layout, gone)
                            .isLessThanOrEqualTo(was.evictionsRequired());
                }
            }
        });
    }

    /** Best placement takes the whole ratio away: it measures placement and nothing else. */
    @Test
    void releasing_an_instance_and_placing_the_others_best_never_raises_the_ratio() {
        Geometry geometry = MigGeometries.withoutVariants("a100-40");
        LayoutOracle oracle = new LayoutOracle(geometry);
        Random random = new Random(3);
        List<BitSet> layouts = oracle.layouts();
        for (int i = 0; i < 200; i++) {
            BitSet layout = (BitSet) layouts.get(random.nextInt(layouts.size())).clone();
            FragmentationReport before = report(new Layout(geometry, oracle.instances(layout)));
            if (!layout.isEmpty()) {
                layout.clear(layout.nextSetBit(0));
            }
            for (int p = 0; p < geometry.profiles().size(); p++) {
                int index = p;
                double best = oracle.replacements(layout).stream()
                        .map(other -> report(new Layout(geometry, oracle.instances(other))))
                        .mapToDouble(report -> report.profiles().get(index).fragmentationRatio())
                        .min()
                        .orElseThrow();
                assertThat(best).isZero();
                assertThat(best).isLessThanOrEqualTo(before.profiles().get(p).fragmentationRatio());
            }
        }
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void releasing_the_idle_instances_gives_what_the_report_promised(String model) {
        Random random = new Random(4);
        walk(model, 5, layout -> {
            Set<Placement> allocated = new HashSet<>(layout.instances());
            allocated.removeIf(instance -> random.nextBoolean());
            FragmentationReport promised =
                    Fragmentation.of(layout, new ProfileWeights.Uniform(), new Usage.Known(allocated, false));
            FragmentationReport after = report(new Layout(layout.geometry(), List.copyOf(allocated)));

            assertThat(promised.profiles())
                    .extracting(row -> row.placeableIfIdleReleased().orElseThrow())
                    .isEqualTo(after.profiles().stream()
                            .map(ProfileReport::placeable)
                            .toList());
        });
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void the_order_in_which_the_driver_lists_instances_does_not_matter(String model) {
        Random random = new Random(6);
        walk(model, 7, layout -> {
            List<Placement> shuffled = new ArrayList<>(layout.instances());
            Collections.shuffle(shuffled, random);
            assertThat(report(new Layout(layout.geometry(), shuffled))).isEqualTo(report(layout));
        });
    }

    private interface Claim {
        void check(Layout layout);
    }

    private static void walk(String model, long seed, Claim claim) {
        Random random = new Random(seed);
        Geometry geometry = MigGeometries.of(model);
        Layout layout = new Layout(geometry, List.of());
        for (int step = 0; step < STEPS; step++) {
            Profile profile =
                    geometry.profiles().get(random.nextInt(geometry.profiles().size()));
            int start = profile.starts().get(random.nextInt(profile.starts().size()));
            List<Placement> more = new ArrayList<>(layout.instances());
            more.add(new Placement(profile.name(), start));
            Layout next = switch (Layout.of(geometry, more)) {
                case Checked.Valid<Layout>(Layout legal) -> legal;
                case Checked.Invalid<Layout>(String reason) -> layout;
            };
            if (!next.instances().isEmpty() && random.nextInt(3) == 0) {
                next = without(
                        next,
                        next.instances().get(random.nextInt(next.instances().size())));
            }
            layout = next;
            claim.check(layout);
        }
    }

    private static Layout without(Layout layout, Placement gone) {
        return new Layout(
                layout.geometry(),
                layout.instances().stream()
                        .filter(instance -> !instance.equals(gone))
                        .toList());
    }

    private static FragmentationReport report(Layout layout) {
        return Fragmentation.of(layout, new ProfileWeights.Uniform(), new Usage.Unknown());
    }
}
