package dev.lastcall.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.lint.LintRun;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LintSpeedTest {

    @Test
    void every_second_manifest_has_exactly_one_finding() throws IOException {
        assertThat(LintRun.findings(LintSpeed.manifest(6))).isEmpty();
        assertThat(LintRun.findings(LintSpeed.manifest(7))).containsExactly("chat-7:grace_too_short");
    }

    @Test
    void a_target_that_is_missed_is_said() {
        assertThat(LintSpeed.table(Map.of("native", List.of(900.0, 1001.0, 1002.0))))
                .contains("| native | 3 | 1.00 s | 1.00 s | missed |");
        assertThat(LintSpeed.table(Map.of("native", List.of(300.0, 310.0, 1200.0))))
                .contains("| native | 3 | 0.31 s | 1.20 s | kept |");
    }
}
