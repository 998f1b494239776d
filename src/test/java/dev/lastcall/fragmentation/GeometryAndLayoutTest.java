package dev.lastcall.fragmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastcall.support.mig.MigGeometries;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class GeometryAndLayoutTest {

    @ParameterizedTest
    @CsvSource({"a100-40, 8, 7", "a100-80, 8, 7", "h100-80, 8, 7", "h200, 8, 7", "a30, 4, 4", "rtx-pro-6000, 12, 4"})
    void the_grid_is_derived_from_the_profiles(String model, int memory, int compute) {
        assertThat(MigGeometries.of(model).memorySlices()).isEqualTo(memory);
        assertThat(MigGeometries.of(model).computeSlices()).isEqualTo(compute);
    }

    static Stream<Arguments> nonsense() {
        Profile good = new Profile("1g.5gb", 1, 1, List.of(0, 1), 2);
        return Stream.of(
                Arguments.of(List.of(), "no GPU instance profile"),
                Arguments.of(List.of(good, good), "1g.5gb is listed twice"),
                Arguments.of(List.of(new Profile("0g", 0, 1, List.of(0), 1), good), "profile 0g: width 0"),
                Arguments.of(List.of(new Profile("0c", 1, 0, List.of(0), 1), good), "compute 0"),
                Arguments.of(List.of(new Profile("0n", 1, 1, List.of(0), 0), good), "count 0"),
                Arguments.of(
                        List.of(new Profile("nowhere", 1, 1, List.of(), 1), good), "nowhere has no possible placement"),
                Arguments.of(List.of(new Profile("left", 1, 1, List.of(-1), 1), good), "left at -1+1 leaves the grid"),
                Arguments.of(List.of(new Profile("wide", 65, 1, List.of(0), 1)), "memory slices: 65, can be 1 to 64"),
                Arguments.of(
                        List.of(new Profile("huge", 2, 1, List.of(Integer.MAX_VALUE), 1)),
                        "memory slices: 2147483647, can be 1 to 64"));
    }

    @ParameterizedTest
    @MethodSource("nonsense")
    void what_a_driver_should_not_say_is_refused_with_a_reason(List<Profile> profiles, String reason) {
        assertThat(Geometry.of(profiles))
                .isInstanceOfSatisfying(
                        Checked.Invalid.class,
                        invalid -> assertThat(invalid.reason()).contains(reason));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "3g.40gb@0          | 3g.40gb@0: the GPU offers no such profile",
                "3g.20gb@2          | 3g.20gb@2: this profile starts at [0, 4]",
                "1g.5gb@7           | 1g.5gb@7: this profile starts at [0, 1, 2, 3, 4, 5, 6]",
                "1g.5gb@-1          | 1g.5gb@-1: this profile starts at [0, 1, 2, 3, 4, 5, 6]",
                "2g.10gb@4 1g.5gb@5 | 1g.5gb@5: overlaps another instance",
                "1g.5gb@3 1g.5gb@3  | 1g.5gb@3: overlaps another instance",
                "1g.5gb+me@0 1g.5gb+me@1 | 1g.5gb+me@1: more than 1 of this profile"
            })
    void a_layout_that_cannot_exist_is_refused_with_the_instance_and_the_reason(String instances, String reason) {
        Geometry geometry = MigGeometries.of("a100-40");

        assertThat(Layout.of(geometry, placements(instances))).isEqualTo(new Checked.Invalid<Layout>(reason));
        assertThatThrownBy(() -> new Layout(geometry, placements(instances)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(reason);
    }

    @Test
    void more_compute_than_the_gpu_has_is_refused_even_where_memory_is_free() {
        Geometry geometry = new Geometry(
                4,
                2,
                List.of(
                        new Profile("a", 1, 1, List.of(0, 1, 2, 3), 4),
                        new Profile("b", 1, 2, List.of(0, 1, 2, 3), 4)));

        assertThat(Layout.of(geometry, List.of(new Placement("b", 0), new Placement("a", 1))))
                .isEqualTo(new Checked.Invalid<Layout>("a@1: the instances take 3 compute slices of 2"));
    }

    /** 1L << 64 is 1: a mask built the naive way is empty on a grid that fills the long. */
    @Test
    void a_grid_of_64_slices_is_counted_to_the_last() {
        Geometry geometry = Geometry.of(List.of(
                        new Profile("whole", 64, 64, List.of(0), 1),
                        new Profile("half", 32, 32, List.of(0, 32), 2),
                        new Profile(
                                "single", 1, 1, IntStream.range(0, 64).boxed().toList(), 64)))
                .orThrow(IllegalArgumentException::new);

        FragmentationReport empty = report(geometry, List.of());
        assertThat(empty.memoryFree()).isEqualTo(64);
        assertThat(empty.profiles()).extracting(ProfileReport::placeable).containsExactly(1, 2, 64);

        FragmentationReport last = report(geometry, List.of(new Placement("single", 63)));
        assertThat(last.memoryFree()).isEqualTo(63);
        assertThat(last.profiles()).extracting(ProfileReport::placeable).containsExactly(0, 1, 63);
        assertThat(last.profiles()).extracting(ProfileReport::evictionsRequired).containsExactly(1, 0, 0);
    }

    /** A search without an end would block the scan of a GPU for ever. */
    @Test
    void a_grid_too_large_to_search_says_so_and_stays_on_the_safe_side() {
        List<Integer> odd = IntStream.range(0, 31).map(i -> 2 * i + 1).boxed().toList();
        List<Integer> all = IntStream.range(0, 63).boxed().toList();
        List<Profile> profiles = List.of(
                new Profile("odd", 2, 1, odd, 31),
                new Profile("any", 2, 1, all, 32),
                new Profile("three", 3, 1, List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), 5));
        Geometry geometry = new Geometry(64, 64, profiles);
        List<Placement> instances = new ArrayList<>();
        IntStream.range(0, 15).forEach(i -> instances.add(new Placement("odd", 4 * i + 1)));

        FragmentationReport report = report(geometry, instances);

        assertThat(report.exact()).isFalse();
        assertThat(report.profiles()).allSatisfy(row -> {
            assertThat(row.ideal()).isGreaterThanOrEqualTo(row.placeable());
            assertThat(row.fragmentationRatio()).isBetween(0.0, 1.0);
        });
        assertThat(report.memoryStranded()).isBetween(0, report.memoryFree());
    }

    private static FragmentationReport report(Geometry geometry, List<Placement> instances) {
        return Fragmentation.of(new Layout(geometry, instances), new ProfileWeights.Uniform(), new Usage.Unknown());
    }

    private static List<Placement> placements(String text) {
        return Stream.of(text.split(" "))
                .map(one -> one.split("@"))
                .map(parts -> new Placement(parts[0], Integer.parseInt(parts[1])))
                .toList();
    }
}
