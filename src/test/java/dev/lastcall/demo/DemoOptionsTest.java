package dev.lastcall.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The demo's environment is read as its users write it. */
class DemoOptionsTest {

    @ParameterizedTest
    @CsvSource({"'',30", "30s,30", "120s,120", "2m,120", "1m30s,90"})
    void durations_are_written_as_Go_writes_them(String text, long seconds) throws Exception {
        assertThat(DemoOptions.from(Map.of("NOTICE", text)).notice()).isEqualTo(Duration.ofSeconds(seconds));
    }

    @ParameterizedTest
    @ValueSource(strings = {"abc", "30", "1.5s", "-30s", "s", "30s30s", "4s", "11m", "9999h"})
    void anything_else_is_refused_in_one_line_that_names_it(String text) {
        assertThatThrownBy(() -> DemoOptions.from(Map.of("NOTICE", text)))
                .isInstanceOf(DemoOptions.Unusable.class)
                .hasMessageStartingWith("NOTICE=" + text + " ")
                .message()
                .doesNotContain("\n");
    }

    @Test
    void the_comparison_is_shown_unless_it_is_skipped() throws Exception {
        assertThat(DemoOptions.from(Map.of()).compare()).isTrue();
        assertThat(DemoOptions.from(Map.of("SKIP_COMPARE", "0")).compare()).isTrue();
        assertThat(DemoOptions.from(Map.of("SKIP_COMPARE", "1")).compare()).isFalse();
    }

    @Test
    void a_pod_elsewhere_serves_on_unless_all_are_to_be_doomed() throws Exception {
        assertThat(DemoOptions.from(Map.of()).allDoomed()).isFalse();
        assertThat(DemoOptions.from(Map.of("ALL_DOOMED", "false")).allDoomed()).isFalse();
        assertThat(DemoOptions.from(Map.of("ALL_DOOMED", "1")))
                .isEqualTo(new DemoOptions(Duration.ofSeconds(30), true, true));
    }
}
