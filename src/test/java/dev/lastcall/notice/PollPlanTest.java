package dev.lastcall.notice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.notice.Observation.Failed;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PollPlanTest {

    private final SplittableRandom random = new SplittableRandom(4711);

    @ParameterizedTest
    @EnumSource(Cloud.class)
    void no_pause_is_ever_longer_than_a_third_of_the_shortest_notice(Cloud cloud) {
        PollPlan plan = new PollPlan(Duration.ofSeconds(1), cloud.longestBackOff());
        for (int failures = 1; failures < 100; failures++) {
            for (String code : new String[] {"429", "503", "403", "timeout", "malformed"}) {
                Failed failed = new Failed(code, "", failures % 2 == 0 ? Duration.ofHours(1) : null);
                assertThat(plan.pauseAfter(failed, failures, random))
                        .isPositive()
                        .isLessThanOrEqualTo(cloud.longestBackOff());
            }
        }
    }

    @Test
    void pauses_grow_and_are_jittered() {
        PollPlan plan = new PollPlan(Duration.ofSeconds(1), Duration.ofSeconds(40));
        assertThat(plan.pauseAfter(new Failed("503", ""), 1, random)).isLessThanOrEqualTo(Duration.ofSeconds(1));
        assertThat(plan.pauseAfter(new Failed("503", ""), 6, random))
                .isBetween(Duration.ofSeconds(16), Duration.ofSeconds(32));
        assertThat(plan.pauseAfter(new Failed("503", ""), 6, random))
                .isNotEqualTo(plan.pauseAfter(new Failed("503", ""), 6, random));
    }

    @Test
    void a_service_that_is_silent_is_asked_again_within_seconds() {
        PollPlan plan = new PollPlan(Duration.ofSeconds(1), Duration.ofSeconds(40));
        assertThat(plan.pauseAfter(new Failed("refused", ""), 50, random)).isLessThanOrEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void retry_after_is_honoured_and_clipped() {
        PollPlan plan = new PollPlan(Duration.ofSeconds(1), Duration.ofSeconds(40));
        assertThat(plan.pauseAfter(new Failed("429", "", Duration.ofSeconds(7)), 1, random))
                .isEqualTo(Duration.ofSeconds(7));
        assertThat(plan.pauseAfter(new Failed("429", "", Duration.ofSeconds(300)), 1, random))
                .isEqualTo(Duration.ofSeconds(40));
    }

    @Test
    void a_service_that_is_switched_off_is_asked_slowly_from_the_first_time() {
        PollPlan plan = new PollPlan(Duration.ofSeconds(1), Duration.ofSeconds(40));
        assertThat(plan.pauseAfter(new Failed("403", ""), 1, random)).isGreaterThanOrEqualTo(Duration.ofSeconds(20));
    }

    @Test
    void an_answer_brings_back_the_interval() {
        PollPlan plan = new PollPlan(Duration.ofSeconds(1), Duration.ofSeconds(40));
        assertThat(plan.pauseAfter(new Observation.Nothing(), 0, random)).isEqualTo(Duration.ofSeconds(1));
    }
}
