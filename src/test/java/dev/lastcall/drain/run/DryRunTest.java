package dev.lastcall.drain.run;

import static dev.lastcall.support.drain.DrainWalk.engine;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainReport;
import dev.lastcall.drain.DrainScore;
import dev.lastcall.drain.DrainScore.PodScore;
import dev.lastcall.drain.DrainStory;
import dev.lastcall.drain.ForcePolicy;
import dev.lastcall.drain.PodPlan;
import dev.lastcall.notice.Interruption;
import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.support.drain.DrainWalk;
import dev.lastcall.support.drain.SamplePod;
import dev.lastcall.support.drain.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A dry run reads the engines and says what a drain would have made of their requests. Each engine has two in flight. */
class DryRunTest {
    private final DrainWalk walk = new DrainWalk();

    @BeforeEach
    void dry() {
        walk.settings(Samples.settings(ofSeconds(3), ForcePolicy.SPOT, true, true, false, true));
    }

    @Test
    void requests_that_end_within_the_notice_would_finish_and_nothing_is_written() {
        walk.serving.allTake(ofSeconds(20));
        walk.pods.add(engine("llm").view()).add(SamplePod.named("web").view());
        DrainScore score = score(NoticeKind.SPOT, ofSeconds(30));
        assertThat(score.inFlight()).isEqualTo(2);
        assertThat(score.finished()).isEqualTo(2);
        assertThat(score.cut()).isZero();
        assertThat(score.pods()).singleElement().satisfies(pod -> {
            assertThat(pod.pod().name()).isEqualTo("llm");
            assertThat(pod.requestTime()).isEqualTo(ofSeconds(20));
            assertThat(pod.worksUntil()).isEqualTo(deadline().minusSeconds(3));
        });
        assertThat(walk.node.sent()).isEmpty();
        assertThat(walk.pods.requests()).isEmpty();
        assertThat(walk.serving.withdrawn).isEmpty();
        assertThat(walk.serving.signalled("llm")).isFalse();
        assertThat(walk.serving.closed("llm")).as("no longer read").isTrue();
    }

    @Test
    void half_of_the_requests_that_take_twice_the_notice_would_be_cut() {
        walk.serving.allTake(ofSeconds(54));
        walk.pods.add(engine("llm").view());
        DrainScore score = score(NoticeKind.SPOT, ofSeconds(30));
        assertThat(score.finished()).isEqualTo(1);
        assertThat(score.cut()).isEqualTo(1);
    }

    /** Held until 12 s before the margin, told, and 12 s more, which is what its grace allows it. */
    @Test
    void what_an_engine_can_finish_after_its_signal_counts_and_stands_in_the_plan() {
        walk.serving.allTake(ofSeconds(20)).use(ofSeconds(12));
        walk.pods.add(engine("llm").grace(ofSeconds(60)).view());
        DrainScore score = score(NoticeKind.SPOT, ofSeconds(30));
        assertThat(score.pods().getFirst().worksUntil()).isEqualTo(deadline().minusSeconds(3));
        assertThat(plan("llm").forceAt()).isEqualTo(deadline().minusSeconds(15));
        assertThat(plan("llm").evictBy()).isEqualTo(deadline().minusSeconds(15));
    }

    @Test
    void an_engine_that_drains_for_longer_than_the_notice_is_told_at_once_and_works_to_the_last_second() {
        walk.serving.allTake(ofSeconds(20)).use(ofSeconds(120));
        walk.pods.add(engine("llm").grace(ofSeconds(300)).view());
        assertThat(score(NoticeKind.SPOT, ofSeconds(30)).pods().getFirst().worksUntil())
                .isEqualTo(deadline().minusSeconds(1));
    }

    @Test
    void hibernation_leaves_no_time_for_anything() {
        walk.serving.allTake(ofSeconds(20));
        walk.pods.add(engine("llm").view());
        assertThat(score(NoticeKind.HIBERNATE, Duration.ZERO).cut()).isEqualTo(2);
    }

    @Test
    void without_request_times_what_is_in_flight_is_unknown() {
        walk.pods.add(engine("llm").view());
        DrainScore score = score(NoticeKind.SPOT, ofSeconds(30));
        assertThat(score.unknown()).isEqualTo(2);
        assertThat(score.finished() + score.cut()).isZero();
    }

    @Test
    void an_engine_that_does_not_answer_is_waited_for_for_three_seconds_and_takes_no_other_along() {
        walk.serving.allTake(ofSeconds(20)).silent("mute").defective("odd");
        walk.pods
                .add(engine("mute").view())
                .add(engine("odd").view())
                .add(engine("llm").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(30));
        Instant began = walk.time.now();
        DrainReport report = walk.walk();
        assertThat(Duration.between(began, walk.time.now())).isEqualTo(ofSeconds(3));
        DrainScore score = Objects.requireNonNull(report.score());
        assertThat(score.unreadPods()).isEqualTo(1);
        assertThat(score.pods()).extracting(PodScore::inFlight).containsExactlyInAnyOrder(null, 2L);
        assertThat(score.finished()).as("counted from the notice on").isEqualTo(2);
        assertThat(report.findings()).anyMatch(line -> line.startsWith("a defect of the agent in the reading of"));
    }

    @Test
    void a_real_notice_does_not_wait_for_a_silent_engine() {
        walk.settings(Samples.settings());
        walk.serving.silent("mute");
        walk.pods.add(engine("mute").view());
        Instant began = walk.time.now();
        walk.begin(new Notice(
                new Interruption("day", NoticeKind.SIMULATED, NoticeKind.SPOT, "simulate", began.plusSeconds(30), true),
                began,
                0));
        walk.atSecond(
                1,
                () -> assertThat(walk.run().takeOver(walk.notice(NoticeKind.SPOT, ofSeconds(60))))
                        .as("a drain of its own")
                        .isFalse());
        walk.walk();
        assertThat(Duration.between(began, walk.time.now())).isEqualTo(ofSeconds(1));
    }

    @Test
    void pods_that_have_nothing_to_lose_and_nodes_that_serve_nothing_are_told_apart() {
        walk.pods.add(SamplePod.named("web").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(30));
        walk.walk();
        assertThat(told()).startsWith("no pod on this node serves; would evict default/web at once");
    }

    @Test
    void the_event_says_the_score_first() {
        walk.serving.allTake(ofSeconds(54));
        walk.pods.add(engine("llm").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(30));
        walk.walk();
        assertThat(told())
                .startsWith("2 requests in flight: 1 would end in time, 1 would be cut; would withdraw default/llm")
                .endsWith("(dry run)");
    }

    private String told() {
        List<DrainEvent.Completed> completed = walk.told(DrainEvent.Completed.class);
        return DrainStory.of(completed.getFirst()).orElseThrow().text();
    }

    private DrainScore score(NoticeKind kind, Duration window) {
        walk.begin(kind, window);
        return Objects.requireNonNull(walk.walk().score());
    }

    private PodPlan plan(String pod) {
        return walk.run().plan().stream()
                .filter(each -> each.pod().name().equals(pod))
                .findFirst()
                .orElseThrow();
    }

    private Instant deadline() {
        return walk.run().deadlines().deadline();
    }
}
