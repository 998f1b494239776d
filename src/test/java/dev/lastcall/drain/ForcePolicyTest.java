package dev.lastcall.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.notice.NoticeKind;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Guards against overruling a budget for work that could have waited, and against respecting it on a dying machine. */
class ForcePolicyTest {
    private static final Duration WINDOW = Duration.ofSeconds(30);
    private static final Set<NoticeKind> MACHINE_IS_TAKEN =
            EnumSet.of(NoticeKind.SPOT, NoticeKind.PREEMPT, NoticeKind.TERMINATE, NoticeKind.HIBERNATE);

    @ParameterizedTest
    @EnumSource(NoticeKind.class)
    void never_and_always_mean_what_they_say(NoticeKind kind) {
        assertThat(ForcePolicy.NEVER.covers(kind, WINDOW)).isFalse();
        assertThat(ForcePolicy.ALWAYS.covers(kind, Duration.ZERO)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(NoticeKind.class)
    void spot_covers_the_kinds_that_take_the_machine_and_a_node_mark_that_says_when(NoticeKind kind) {
        boolean withWindow = MACHINE_IS_TAKEN.contains(kind) || kind == NoticeKind.NODE_MARK;
        assertThat(ForcePolicy.SPOT.covers(kind, WINDOW)).isEqualTo(withWindow);
        assertThat(ForcePolicy.SPOT.covers(kind, Duration.ZERO)).isEqualTo(MACHINE_IS_TAKEN.contains(kind));
    }
}
