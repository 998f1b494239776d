package dev.lastcall.fragmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lastcall.support.mig.MigGeometries;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProfileWeightsTest {

    @Test
    void the_default_is_uniform() {
        assertThat(ProfileWeights.parse("uniform")).isEqualTo(new Checked.Valid<>(new ProfileWeights.Uniform()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1g.10gb=0.7,3g.40gb=0.3", " 1g.10gb = .7 , 3g.40gb = 0.30 "})
    void a_mix_is_a_list_of_profiles_with_weights(String text) {
        assertThat(ProfileWeights.parse(text))
                .isEqualTo(new Checked.Valid<>(new ProfileWeights.Configured(Map.of("1g.10gb", 0.7, "3g.40gb", 0.3))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1g.24gb+me.all=1", "1g.24gb-me=1", "1g.5gb+me=1", "1g.24gb+gfx=1"})
    void variants_may_be_weighed(String text) {
        assertThat(ProfileWeights.parse(text)).isInstanceOf(Checked.Valid.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "\"\"                    | '' is not PROFILE=WEIGHT",
                "1g.10gb               | '1g.10gb' is not PROFILE=WEIGHT",
                "1g.10gb=0.7,          | '' is not PROFILE=WEIGHT",
                "Uniform               | 'Uniform' is not PROFILE=WEIGHT",
                "1g10gb=1              | '1g10gb' is not the name of a MIG profile",
                "1G.10GB=1             | '1G.10GB' is not the name of a MIG profile",
                "nvidia.com/gpu=1      | 'nvidia.com/gpu' is not the name of a MIG profile",
                "1g.10gb=              | '' is not a number above 0",
                "1g.10gb=-1            | '-1' is not a number above 0",
                "1g.10gb=0             | '0' is not a number above 0",
                "1g.10gb=NaN           | 'NaN' is not a number above 0",
                "1g.10gb=1e9           | '1e9' is not a number above 0",
                "1g.10gb=1000001       | '1000001' is not a number above 0",
                "1g.10gb=0.5=0.5       | '0.5=0.5' is not a number above 0",
                "1g.10gb=1,1g.10gb=2   | '1g.10gb' stands twice"
            })
    void a_mistake_is_one_line_that_names_key_value_and_remedy(String text, String why) {
        assertThat(ProfileWeights.parse(text))
                .isInstanceOfSatisfying(
                        Checked.Invalid.class,
                        invalid -> assertThat(invalid.reason())
                                .startsWith("lastcall.gpu.profile-weights=" + text + ": " + why)
                                .contains("1g.10gb=0.7,3g.40gb=0.3")
                                .doesNotContain("\n"));
    }

    @Test
    void weights_are_relative_and_names_of_other_models_do_not_count() {
        // 1g leaves 1 of the 4 free slices, 3g leaves all 4.
        double expected = 0.7 * 1 + 0.3 * 4;

        assertThat(expectedUnusable(Map.of("1g.5gb", 0.7, "3g.20gb", 0.3))).isCloseTo(expected, within(1e-12));
        assertThat(expectedUnusable(Map.of("1g.5gb", 7.0, "3g.20gb", 3.0))).isCloseTo(expected, within(1e-12));
        assertThat(expectedUnusable(Map.of("1g.5gb", 7.0, "3g.20gb", 3.0, "1g.10gb+me", 5.0)))
                .isCloseTo(expected, within(1e-12));
    }

    @Test
    void a_mix_that_names_no_profile_of_this_gpu_gives_no_number_rather_than_zero() {
        ProfileWeights.Configured other = new ProfileWeights.Configured(Map.of("3g.40gb", 1.0, "1g.12gb", 1.0));
        Layout empty = new Layout(MigGeometries.of("a100-40"), List.of());

        assertThat(Fragmentation.of(empty, other, new Usage.Unknown()).expectedUnusableSlices())
                .isEmpty();
        assertThat(other.notOfferedBy(empty.geometry())).containsExactly("1g.12gb", "3g.40gb");
    }

    /** With +me as a seventh entry the 1g shape would weigh double on every GPU that has media engines. */
    @Test
    void uniform_counts_a_shape_once_however_many_variants_it_has() {
        List<Placement> instances = List.of(new Placement("1g.5gb", 0), new Placement("1g.5gb", 4));
        FragmentationReport plain = Fragmentation.of(
                new Layout(MigGeometries.withoutVariants("a100-40"), instances),
                new ProfileWeights.Uniform(),
                new Usage.Unknown());
        FragmentationReport withMedia = Fragmentation.of(
                new Layout(MigGeometries.of("a100-40"), instances), new ProfileWeights.Uniform(), new Usage.Unknown());

        assertThat(withMedia.expectedUnusableSlices()).isEqualTo(plain.expectedUnusableSlices());
    }

    private static double expectedUnusable(Map<String, Double> weights) {
        Layout layout = new Layout(
                MigGeometries.withoutVariants("a100-40"),
                List.of(new Placement("1g.5gb", 2), new Placement("2g.10gb", 4), new Placement("1g.5gb", 6)));
        return Fragmentation.of(layout, new ProfileWeights.Configured(weights), new Usage.Unknown())
                .expectedUnusableSlices()
                .orElseThrow();
    }
}
