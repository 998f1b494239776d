package dev.lastcall.fragmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lastcall.support.mig.MigGeometries;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The examples of docs/FRAGMENTATION.md, each number. All on an A100 with 40 GB. */
class WorkedExamplesTest {

    private static final Geometry A100 = MigGeometries.withoutVariants("a100-40");
    private static final Placement FIRST = new Placement("1g.5gb", 2);
    private static final Placement SECOND = new Placement("2g.10gb", 4);
    private static final Placement THIRD = new Placement("1g.5gb", 6);
    private static final List<Placement> SCATTERED = List.of(FIRST, SECOND, THIRD);

    @ParameterizedTest
    @CsvSource({
        "1g.5gb,  2, 3, 3, 0,    0.25, 0",
        "1g.10gb, 0, 1, 2, 0.50, 0.50, 0",
        "2g.10gb, 1, 1, 1, 0,    0.50, 0",
        "3g.20gb, 0, 0, 1, 1.00, 1,    1",
        "4g.20gb, 0, 0, 0, 0,    1,    1",
        "7g.40gb, 0, 0, 0, 0,    1,    3"
    })
    void three_instances_in_the_middle_leave_four_slices_that_no_3g_can_use(
            String profile, int existing, int placeable, int ideal, double ratio, double unusable, int evictions) {
        assertThat(report(SCATTERED).profile(profile))
                .contains(new ProfileReport(
                        profile, existing, placeable, ideal, ratio, unusable, evictions, OptionalInt.empty()));
    }

    @Test
    void the_gpu_as_a_whole_loses_half_its_width_and_the_last_slice() {
        FragmentationReport report = report(SCATTERED);

        assertThat(report.memoryUsed()).isEqualTo(4);
        assertThat(report.memoryFree()).isEqualTo(4);
        assertThat(report.memoryStranded()).isEqualTo(1);
        assertThat(report.computeUsed()).isEqualTo(4);
        assertThat(report.computeFree()).isEqualTo(3);
        assertThat(report.computeStranded()).isZero();
        assertThat(report.externalFragmentationRatio()).isEqualTo(0.5);
        assertThat(report.expectedUnusableSlices()).hasValue(17.0 / 6);
        assertThat(report.wholeFree()).isEmpty();
    }

    @Test
    void two_1g_in_two_halves_cost_a_3g_that_two_1g_side_by_side_leave() {
        FragmentationReport apart = report(List.of(new Placement("1g.5gb", 0), new Placement("1g.5gb", 4)));
        FragmentationReport together = report(List.of(new Placement("1g.5gb", 0), new Placement("1g.5gb", 1)));

        assertThat(placeableAndIdeal(apart, "3g.20gb")).containsExactly(0, 1);
        assertThat(placeableAndIdeal(apart, "4g.20gb")).containsExactly(0, 1);
        assertThat(placeableAndIdeal(apart, "2g.10gb")).containsExactly(1, 2);
        assertThat(apart.externalFragmentationRatio()).isEqualTo(0.5);
        assertThat(apart.expectedUnusableSlices().orElseThrow()).isCloseTo(4.17, within(0.005));

        assertThat(placeableAndIdeal(together, "3g.20gb")).containsExactly(1, 1);
        assertThat(placeableAndIdeal(together, "4g.20gb")).containsExactly(0, 1);
        assertThat(together.externalFragmentationRatio()).isZero();
        assertThat(together.expectedUnusableSlices().orElseThrow()).isCloseTo(2.83, within(0.005));
    }

    @Test
    void two_3g_fill_the_memory_and_strand_one_compute_slice() {
        FragmentationReport report = report(List.of(new Placement("3g.20gb", 0), new Placement("3g.20gb", 4)));

        assertThat(report.memoryFree()).isZero();
        assertThat(report.memoryStranded()).isZero();
        assertThat(report.computeFree()).isEqualTo(1);
        assertThat(report.computeStranded()).isEqualTo(1);
    }

    @Test
    void seven_1g_take_all_compute_and_strand_one_memory_slice() {
        FragmentationReport report = report(List.of(0, 1, 2, 3, 4, 5, 6).stream()
                .map(start -> new Placement("1g.5gb", start))
                .toList());

        assertThat(report.memoryFree()).isEqualTo(1);
        assertThat(report.memoryStranded()).isEqualTo(1);
        assertThat(report.computeFree()).isZero();
        assertThat(report.computeStranded()).isZero();
    }

    @Test
    void an_empty_gpu_is_not_fragmented() {
        FragmentationReport report = report(List.of());

        assertThat(report.profiles()).allSatisfy(row -> {
            assertThat(row.fragmentationRatio()).isZero();
            assertThat(row.evictionsRequired()).isZero();
        });
        assertThat(report.externalFragmentationRatio()).isZero();
        assertThat(report.memoryStranded()).isZero();
        assertThat(report.expectedUnusableSlices().orElseThrow()).isCloseTo(1.17, within(0.005));
    }

    @Test
    void releasing_the_idle_1g_in_the_lower_half_makes_room_for_a_4g() {
        FragmentationReport report = Fragmentation.of(
                new Layout(A100, SCATTERED),
                new ProfileWeights.Uniform(),
                new Usage.Known(Set.of(SECOND, THIRD), false));

        assertThat(report.profile("4g.20gb"))
                .hasValueSatisfying(
                        row -> assertThat(row.placeableIfIdleReleased()).hasValue(1));
        assertThat(report.profile("7g.40gb"))
                .hasValueSatisfying(
                        row -> assertThat(row.placeableIfIdleReleased()).hasValue(0));
        assertThat(report.wholeFree()).contains(false);
    }

    @Test
    void an_allocation_of_an_instance_that_is_gone_holds_nothing() {
        FragmentationReport report = Fragmentation.of(
                new Layout(A100, List.of()), new ProfileWeights.Uniform(), new Usage.Known(Set.of(FIRST), false));

        assertThat(report.profile("7g.40gb"))
                .hasValueSatisfying(
                        row -> assertThat(row.placeableIfIdleReleased()).hasValue(1));
        assertThat(report.wholeFree()).contains(true);
    }

    @Test
    void a_gpu_held_as_a_whole_is_not_free_though_it_has_no_instance() {
        assertThat(Fragmentation.wholeFree(0, new Usage.Known(Set.of(), true))).isFalse();
        assertThat(Fragmentation.wholeFree(0, new Usage.Known(Set.of(), false))).isTrue();
        assertThat(Fragmentation.wholeFree(1, new Usage.Known(Set.of(), false))).isFalse();
    }

    private static List<Integer> placeableAndIdeal(FragmentationReport report, String profile) {
        Optional<ProfileReport> row = report.profile(profile);
        return List.of(row.orElseThrow().placeable(), row.orElseThrow().ideal());
    }

    private static FragmentationReport report(List<Placement> instances) {
        return Fragmentation.of(new Layout(A100, instances), new ProfileWeights.Uniform(), new Usage.Unknown());
    }
}
