package dev.lastcall.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class ProcessReadingTest {

    private static final String ROLLUP = """
            557fe3ce9000-7ffe2028f000 ---p 00000000 00:00 0                          [rollup]
            Rss:               73728 kB
            Pss:               71002 kB
            Pss_Anon:          20116 kB
            Shared_Clean:       1520 kB
            Anonymous:         20480 kB
            AnonHugePages:      2048 kB
            """;
    private static final String STATUS =
            "Name:\tagent\nVmPeak:\t  999999 kB\nVmHWM:\t   79053 kB\nVmRSS:\t   73001 kB\n";
    private static final String STAT =
            "4242 (agent) S 1 4242 4242 0 -1 4194304 102 0 0 0 350 25 77 88 20 0 9 0 3831414 3133440 410\n";

    @Test
    void memory_is_read_from_its_own_line_and_not_from_one_that_begins_alike() {
        ProcessReading reading = ProcessReading.parse(ROLLUP, STATUS, STAT);
        assertThat(reading.residentMiB()).isEqualTo(72.0);
        assertThat(reading.anonymousMiB()).isEqualTo(20.0);
        assertThat(reading.peakMiB()).isEqualTo(77.2, within(0.01));
    }

    @Test
    void cpu_time_is_user_and_system_time_without_that_of_ended_children() {
        assertThat(ProcessReading.parse(ROLLUP, STATUS, STAT).cpu()).isEqualTo(Duration.ofMillis(3750));
    }

    @Test
    void a_name_with_spaces_and_parentheses_does_not_move_the_fields() {
        assertThat(ProcessReading.parse(ROLLUP, STATUS, STAT.replace("(agent)", "(a) b (c d)"))
                        .cpu())
                .isEqualTo(Duration.ofMillis(3750));
    }

    @Test
    void six_seconds_of_ten_minutes_are_one_percent_of_a_core() {
        ProcessReading before = new ProcessReading(0, 0, 0, Duration.ofSeconds(4));
        ProcessReading after = new ProcessReading(0, 0, 0, Duration.ofSeconds(10));
        assertThat(after.percentSince(before, Duration.ofMinutes(10))).isEqualTo(1.0, within(1e-9));
    }

    @Test
    void an_ending_process_has_no_memory_and_that_is_said() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ProcessReading.parse("", STATUS, STAT))
                .withMessageContaining("Rss");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ProcessReading.parse(ROLLUP, "Name:\tagent\nState:\tZ (zombie)\n", STAT))
                .withMessageContaining("VmHWM");
    }

    @Test
    void half_a_line_of_stat_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ProcessReading.parse(ROLLUP, STATUS, "4242 (agent) S 1 4242"))
                .withMessageContaining("stat");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void this_process_can_be_read() throws Exception {
        ProcessReading reading = ProcessReading.of(ProcessHandle.current().pid());
        assertThat(reading.anonymousKiB()).isPositive().isLessThanOrEqualTo(reading.residentKiB());
        assertThat(reading.cpu()).isPositive();
    }
}
