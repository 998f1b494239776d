package dev.lastcall.notice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NoticeTest {

    private static final Instant DEADLINE = Instant.parse("2030-01-01T00:10:00Z");

    /** A pod that was detached for a notice that is then cancelled can't go back: its place is taken. */
    @ParameterizedTest(name = "{1} of {0}, {2} s before its deadline: {3}")
    @CsvSource({
        "aws-spot, SPOT, 120, true",
        "aws-spot, HIBERNATE, 0, true",
        "aws-asg, TERMINATE, 110, true",
        "gcp-preempted, PREEMPT, 30, true",
        "alibaba, SPOT, 290, true",
        "tencent, SPOT, 110, true",
        "azure, PREEMPT, 29, false",
        "azure, PREEMPT, 10, true",
        "azure, TERMINATE, 800, false",
        "azure, TERMINATE, 9, true",
        "azure, REBOOT, 5, false",
        "azure, MAINTENANCE, 5, false",
        "aws-rebalance, REBALANCE, 600, false",
        "gcp-maintenance, MAINTENANCE, 60, false",
        "node-marks, NODE_MARK, 60, false",
        "simulate, SPOT, 60, false",
        "another-version, SPOT, 60, false"
    })
    void only_what_its_source_cannot_take_back_may_be_answered_by_what_cannot_be_undone(
            String source, NoticeKind kind, int secondsLeft, boolean takesTheMachine) {
        Notice notice = Notice.of("id", kind, source, DEADLINE, DEADLINE.minusSeconds(900), 0);
        assertThat(notice.takesTheMachine(DEADLINE.minus(Duration.ofSeconds(secondsLeft))))
                .isEqualTo(takesTheMachine);
    }
}
