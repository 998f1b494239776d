package dev.lastcall.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.demo.Timeline.Mark;
import dev.lastcall.demo.Timeline.Pulse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The demo's lines read well in a terminal and in a log. */
class TimelineTest {

    private static final Style PLAIN = new Style(false, false, true);
    private final Timeline timeline = new Timeline(PLAIN);

    @Test
    void a_long_event_goes_on_under_its_own_text_within_a_hundred_columns() {
        String line = timeline.event(
                Duration.ofMillis(1268), Mark.DONE, "word ".repeat(60).strip());

        List<String> lines = line.lines().toList();
        assertThat(lines)
                .hasSizeGreaterThan(2)
                .allSatisfy(l -> assertThat(l.length()).isLessThanOrEqualTo(100));
        assertThat(lines.getFirst()).startsWith("  T+  1268 ms  done       word word");
        assertThat(lines.get(1)).startsWith(" ".repeat(26) + "word");
        assertThat(String.join(" ", lines).split("word", -1)).hasSize(61);
    }

    @Test
    void the_bar_is_full_at_the_notice_and_shows_the_last_request_until_it_is_gone() {
        assertThat(PLAIN.bar(24, 24, 18)).isEqualTo("█".repeat(18));
        assertThat(PLAIN.bar(1, 24, 18)).isEqualTo("█" + "░".repeat(17));
        assertThat(PLAIN.bar(0, 24, 18)).isEqualTo("░".repeat(18));
        assertThat(PLAIN.bar(30, 24, 18)).isEqualTo("█".repeat(18));
        assertThat(PLAIN.bar(0, 0, 18)).isEqualTo("░".repeat(18));
    }

    @Test
    void the_line_of_progress_names_silent_streams_only_where_there_are_some() {
        Duration now = Duration.ofSeconds(4);

        assertThat(timeline.pulse(now, new Pulse(5, 0, 13, 0), 18, Duration.ofSeconds(26)))
                .endsWith("   5 open, 13 finished, 0 lost  (26 s left)");
        assertThat(timeline.pulse(now, new Pulse(18, 18, 2, 0), 18, Duration.ofSeconds(26)))
                .contains("18 open, 18 silent, 2 finished")
                .hasSizeLessThanOrEqualTo(100);
        assertThat(timeline.pulse(now, new Pulse(18, 18, 2, 0), 18, Duration.ofSeconds(-1)))
                .doesNotContain("left");
    }

    @Test
    void colours_are_for_terminals_and_for_those_who_ask() {
        assertThat(style(true, Map.of()).colour()).isTrue();
        assertThat(style(false, Map.of()).colour()).isFalse();
        assertThat(style(false, Map.of("FORCE_COLOR", "1")).colour()).isTrue();
        assertThat(style(false, Map.of("FORCE_COLOR", "1")).rewrite()).isFalse();
        assertThat(style(true, Map.of("NO_COLOR", "1", "FORCE_COLOR", "1")).colour())
                .isFalse();
        assertThat(style(true, Map.of("TERM", "dumb"))).isEqualTo(new Style(false, false, true));
    }

    @Test
    void an_output_without_block_characters_gets_a_bar_it_can_show() {
        assertThat(Style.of(false, Map.of(), StandardCharsets.US_ASCII).bar(1, 2, 4))
                .isEqualTo("##..");
    }

    private static Style style(boolean terminal, Map<String, String> env) {
        return Style.of(terminal, env, StandardCharsets.UTF_8);
    }
}
