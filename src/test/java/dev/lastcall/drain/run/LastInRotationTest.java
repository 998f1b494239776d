package dev.lastcall.drain.run;

import static dev.lastcall.support.drain.DrainWalk.engine;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainPhase;
import dev.lastcall.drain.PodStage;
import dev.lastcall.drain.PodStatus;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.support.drain.DrainWalk;
import dev.lastcall.support.drain.SamplePod;
import org.junit.jupiter.api.Test;

/** A doomed pod that is one of the last of its service, in stepped time. */
class LastInRotationTest {
    private final DrainWalk walk = new DrainWalk();

    @Test
    void it_serves_on_until_its_replacement_is_ready() {
        walk.serving.last(true);
        walk.pods.add(engine("llm").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(120));
        walk.atSecond(20, () -> {
            assertThat(walk.serving.withdrawn).isEmpty();
            assertThat(walk.told(DrainEvent.Kept.class)).hasSize(1);
            walk.serving.last(false);
        });
        walk.atSecond(22, () -> {
            assertThat(walk.serving.withdrawn).containsExactly("llm");
            assertThat(walk.pods.asked()).isEmpty();
        });
        walk.walk();
        assertThat(walk.told(DrainEvent.Withdrawn.class)).hasSize(1);
    }

    @Test
    void it_leaves_at_half_of_the_notice_so_that_what_it_admitted_can_finish() {
        walk.serving.last(true);
        walk.pods.add(engine("llm").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(120));
        walk.atSecond(59, () -> assertThat(walk.serving.withdrawn).isEmpty());
        walk.atSecond(61, () -> assertThat(walk.serving.withdrawn).containsExactly("llm"));
        walk.walk();
    }

    /** 120 s of notice, a margin of 1 s, requests of up to 75 s: what is admitted after second 44 would be cut. */
    @Test
    void it_leaves_as_early_as_its_longest_requests_need() {
        walk.serving.last(true).requestTime(ofSeconds(75));
        walk.pods.add(engine("llm").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(120));
        walk.atSecond(43, () -> assertThat(walk.serving.withdrawn).isEmpty());
        walk.atSecond(45, () -> assertThat(walk.serving.withdrawn).containsExactly("llm"));
        walk.walk();
    }

    /** Its counters may be zero between two requests: that is no reason to let it go. */
    @Test
    void an_engine_that_is_idle_is_not_evicted_while_it_serves_on() {
        walk.serving.last(true);
        walk.pods.add(engine("llm").view()).add(SamplePod.named("web").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(120));
        walk.atSecond(5, () -> walk.serving.idle("llm"));
        walk.atSecond(40, () -> assertThat(walk.pods.asked()).containsExactly("evict web"));
        walk.walk();
        assertThat(walk.pods.asked()).contains("evict llm");
    }

    @Test
    void the_phase_goes_on_without_it_and_the_state_says_what_it_does() {
        walk.serving.last(true);
        walk.pods.add(engine("llm").view());
        DrainRun run = walk.begin(NoticeKind.SPOT, ofSeconds(120));
        walk.atSecond(30, () -> {
            assertThat(run.record().phase()).isGreaterThanOrEqualTo(DrainPhase.WITHDRAWN);
            assertThat(run.status().pods()).extracting(PodStatus::stage).containsExactly(PodStage.SERVING_ON);
        });
        walk.walk();
    }

    @Test
    void a_notice_that_leaves_no_time_keeps_nobody() {
        walk.serving.last(true);
        walk.pods.add(engine("llm").view());
        walk.begin(NoticeKind.HIBERNATE, ofSeconds(120));
        walk.walk();
        assertThat(walk.told(DrainEvent.Kept.class)).isEmpty();
        assertThat(walk.serving.withdrawn).containsExactly("llm");
    }

    @Test
    void a_cancelled_notice_leaves_it_where_it_is() {
        walk.serving.last(true);
        walk.pods.add(engine("llm").view());
        DrainRun run = walk.begin(NoticeKind.PREEMPT, ofSeconds(120));
        walk.atSecond(20, () -> run.cancel("the event is gone"));
        walk.walk();
        assertThat(walk.pods.asked()).isEmpty();
        assertThat(walk.serving.withdrawn).isEmpty();
    }
}
