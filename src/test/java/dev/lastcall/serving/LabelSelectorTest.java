package dev.lastcall.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Guards against a selector that means here what it does not mean to kubectl. */
class LabelSelectorTest {
    private static final Map<String, String> POD = Map.of("lastcall.dev/engine", "vllm", "tier", "gold");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "lastcall.dev/engine | true",
                "!lastcall.dev/engine | false",
                "! absent | true",
                "tier=gold | true",
                "tier == gold | true",
                "tier=silver | false",
                "tier!=silver | true",
                "tier!=gold | false",
                "absent!=gold | true",
                "absent=gold | false",
                "tier in (silver, gold) | true",
                "tier in (silver,silver) | false",
                "tier notin (silver) | true",
                "tier notin (gold) | false",
                "absent notin (gold) | true",
                "absent in (gold) | false",
                "lastcall.dev/engine in (vllm,sglang),tier=gold | true",
                "lastcall.dev/engine,tier=silver | false",
            })
    void each_form_means_what_kubectl_means_by_it(String selector, boolean matches) {
        assertThat(LabelSelector.parse(selector).matches(POD)).isEqualTo(matches);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a b",
                "=x",
                "a in b",
                "a in (b",
                "a=b=c",
                "a,,b",
                "a=b,",
                "!a=b",
                "A.b/c",
                "a/b/c",
                "-a",
                "a=-b",
                "a in (b c)",
                "a in (-b)"
            })
    void what_is_no_selector_is_refused(String text) {
        assertThatThrownBy(() -> LabelSelector.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void the_message_names_the_part_that_is_wrong() {
        assertThatThrownBy(() -> LabelSelector.parse("tier=gold,a b")).hasMessage("'a b' is no label selector term");
    }
}
