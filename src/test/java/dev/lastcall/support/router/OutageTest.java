package dev.lastcall.support.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** For how long a service had nobody, or too few, by what its router did. */
class OutageTest {
    private static final Instant NOTICE = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void a_replacement_that_is_there_before_the_last_one_leaves_makes_no_gap() {
        assertThat(outage(in("a", -60), in("b", 8), out("a", 9))).isZero();
    }

    @Test
    void the_gap_lasts_from_the_last_exit_to_the_next_entry_within_the_time_asked_for() {
        assertThat(outage(in("a", -60), in("b", -60), out("a", 1), out("b", 2), in("c", 9)))
                .isEqualTo(Duration.ofSeconds(7));
        assertThat(outage(in("a", -60), out("a", 1), in("b", 3), out("b", 4), in("c", 6)))
                .isEqualTo(Duration.ofSeconds(4));
    }

    @Test
    void what_was_before_the_notice_is_no_part_of_it_and_a_gap_can_last_to_the_end() {
        assertThat(outage(in("a", -60), out("a", -5), in("a", 1))).isEqualTo(Duration.ofSeconds(1));
        assertThat(outage(in("a", -60), out("a", 25))).isEqualTo(Duration.ofSeconds(5));
        assertThat(outage()).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void fewer_than_wanted_counts_pods_and_not_changes_and_a_pod_that_changes_its_address_is_one() {
        assertThat(below(2, in("a", -60), in("b", -60), out("a", 4), in("c", 10)))
                .isEqualTo(Duration.ofSeconds(6));
        assertThat(below(2, in("a", -60), in("a", -50), out("b", 1))).isEqualTo(Duration.ofSeconds(30));
    }

    private static Duration below(int wanted, RotationChange... changes) {
        return Outage.below(wanted, List.of(changes), NOTICE, NOTICE.plusSeconds(30));
    }

    private static Duration outage(RotationChange... changes) {
        return Outage.of(List.of(changes), NOTICE, NOTICE.plusSeconds(30));
    }

    private static RotationChange in(String pod, long second) {
        return new RotationChange(NOTICE.plusSeconds(second), pod, true);
    }

    private static RotationChange out(String pod, long second) {
        return new RotationChange(NOTICE.plusSeconds(second), pod, false);
    }
}
