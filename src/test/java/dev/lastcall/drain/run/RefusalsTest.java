package dev.lastcall.drain.run;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainReport;
import dev.lastcall.drain.EvictionAnswer;
import dev.lastcall.drain.ForcePolicy;
import dev.lastcall.drain.Refuser;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.support.drain.DrainWalk;
import dev.lastcall.support.drain.SamplePod;
import dev.lastcall.support.drain.Samples;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whoever says no: asked with patience, named once, and overruled at the force point where that is allowed. */
class RefusalsTest {
    private final DrainWalk walk = new DrainWalk();

    static Stream<Refuser> refusers() {
        return Stream.of(
                new Refuser.Budget("web"),
                new Refuser.TwoBudgets(),
                new Refuser.Webhook("drain.example.org"),
                new Refuser.Server());
    }

    private static EvictionAnswer no(Refuser by) {
        return new EvictionAnswer.Refused(by, "no", null);
    }

    @ParameterizedTest
    @MethodSource("refusers")
    void a_refusal_is_overruled_at_the_force_point_after_the_pod_was_marked_as_disrupted(Refuser by) {
        walk.pods.add(SamplePod.named("web").grace(ofSeconds(5)).view()).refuse("web", no(by));
        walk.begin(NoticeKind.SPOT, ofSeconds(40));
        walk.atSecond(33.9, () -> {
            assertThat(walk.pods.asked()).doesNotContain("delete web").hasSizeBetween(5, 40);
            assertThat(walk.pods.conditions()).isEmpty();
        });
        walk.atSecond(34.1, () -> assertThat(walk.pods.asked()).endsWith("delete web"));
        DrainReport report = walk.walk();
        assertThat(walk.pods.asked()).startsWith("evict web");
        assertThat(walk.pods.conditions()).containsExactly("web DisruptionTarget=true DeletionByLastcall");
        assertThat(walk.pods.requests()).allMatch(request -> request.grace().toSeconds() >= 1);
        assertThat(report.pods().forced()).isEqualTo(1);
        DrainEvent.Blocked blocked = walk.told(DrainEvent.Blocked.class).getFirst();
        assertThat(blocked).isEqualTo(new DrainEvent.Blocked(blocked.pod(), by, "no", true, blocked.deletesAt()));
        assertThat(blocked.deletesAt()).as("overruled, and the Event says when").isNotNull();
    }

    @ParameterizedTest
    @MethodSource("refusers")
    void no_refusal_is_overruled_for_maintenance(Refuser by) {
        walk.pods.add(SamplePod.named("web").grace(ofSeconds(5)).view()).refuse("web", no(by));
        walk.begin(NoticeKind.MAINTENANCE, ofSeconds(40));
        DrainReport report = walk.walk();
        assertThat(walk.pods.asked()).doesNotContain("delete web");
        assertThat(walk.told(DrainEvent.Blocked.class).getFirst().deletesAt()).isNull();
        assertThat(walk.pods.conditions()).isEmpty();
        assertThat(report.outcome()).isEqualTo("failed");
        assertThat(report.pods().failed()).isEqualTo(1);
    }

    @Test
    void without_force_a_refusal_wins_and_the_drain_has_failed() {
        walk.settings(Samples.settings(ofSeconds(1), ForcePolicy.NEVER, true, true, false, false));
        walk.pods.add(SamplePod.named("web").view()).refuse("web", no(new Refuser.Budget("web")));
        walk.begin(NoticeKind.SPOT, ofSeconds(40));
        assertThat(walk.walk().outcome()).isEqualTo("failed");
        assertThat(walk.pods.asked()).doesNotContain("delete web");
    }

    @Test
    void a_busy_api_server_refuses_nothing_and_nothing_is_deleted_past_it() {
        walk.pods
                .add(SamplePod.named("web").grace(ofSeconds(5)).view())
                .refuse("web", new EvictionAnswer.Throttled(null));
        walk.begin(NoticeKind.SPOT, ofSeconds(40));
        walk.walk();
        assertThat(walk.pods.asked()).doesNotContain("delete web");
        assertThat(walk.told()).doesNotContain("Blocked");
    }

    @Test
    void an_eviction_that_the_api_server_keeps_to_itself_does_not_make_the_deletion_late() {
        walk.pods.add(SamplePod.named("web").grace(ofSeconds(5)).view()).silent("web", walk.time);
        walk.begin(NoticeKind.SPOT, ofSeconds(40));
        walk.atSecond(33.9, () -> assertThat(walk.pods.asked()).containsOnly("evict web"));
        walk.atSecond(34.1, () -> assertThat(walk.pods.asked()).endsWith("delete web"));
        DrainReport report = walk.walk();
        assertThat(report.pods().forced()).isEqualTo(1);
        assertThat(report.findings())
                .singleElement()
                .asString()
                .contains("the eviction of ", "was not answered within", "or a webhook is");
    }

    @Test
    void an_eviction_that_is_granted_without_an_answer_is_an_eviction() {
        walk.pods
                .add(SamplePod.named("web").grace(ofSeconds(5)).view())
                .linger(walk.time::now)
                .silent("web", walk.time);
        walk.begin(NoticeKind.SPOT, ofSeconds(40));
        walk.atSecond(20, () -> walk.pods.terminate("web", walk.time.now().plusSeconds(5)));
        walk.atSecond(36, () -> walk.pods.remove(walk.pods.now("web")));
        DrainReport report = walk.walk();
        assertThat(walk.pods.asked()).doesNotContain("delete web");
        assertThat(report.pods().evicted()).isEqualTo(1);
    }

    @Test
    void a_deletion_that_is_done_without_an_answer_is_a_forced_one() {
        walk.pods
                .add(SamplePod.named("web").grace(ofSeconds(5)).view())
                .linger(walk.time::now)
                .refuse("web", no(new Refuser.Budget("web")))
                .mute("web");
        walk.begin(NoticeKind.SPOT, ofSeconds(40));
        walk.atSecond(36, () -> walk.pods.remove(walk.pods.now("web")));
        DrainReport report = walk.walk();
        assertThat(walk.pods.asked()).containsOnlyOnce("delete web");
        assertThat(report.pods().forced()).isEqualTo(1);
    }

    @Test
    void a_deletion_without_an_answer_counts_although_the_pod_has_gone_before_anybody_looked() {
        walk.pods
                .add(SamplePod.named("web").grace(ofSeconds(5)).view())
                .refuse("web", no(new Refuser.Budget("web")))
                .mute("web");
        walk.begin(NoticeKind.SPOT, ofSeconds(40));
        DrainReport report = walk.walk();
        assertThat(walk.pods.asked()).containsOnlyOnce("delete web");
        assertThat(report.pods().forced()).isEqualTo(1);
        assertThat(walk.told(DrainEvent.Evicted.class)).singleElement().matches(DrainEvent.Evicted::forced);
    }

    @Test
    void an_eviction_that_is_refused_after_all_is_not_what_told_the_pod_to_go() {
        walk.pods
                .add(SamplePod.named("web").grace(ofSeconds(5)).view())
                .linger(walk.time::now)
                .answer("web", new EvictionAnswer.Unanswered());
        for (int i = 0; i < 100; i++) {
            walk.pods.answer("web", no(new Refuser.Budget("web")));
        }
        walk.begin(NoticeKind.SPOT, ofSeconds(40));
        walk.atSecond(20, () -> walk.pods.terminate("web", walk.time.now().plusSeconds(5)));
        walk.atSecond(22, () -> walk.pods.remove(walk.pods.now("web")));
        DrainReport report = walk.walk();
        assertThat(report.pods().gone()).isEqualTo(1);
        assertThat(report.pods().evicted()).isZero();
    }

    @Test
    void a_pause_after_a_failure_does_not_reach_beyond_the_force_point() {
        walk.pods
                .add(SamplePod.named("web").grace(ofSeconds(5)).view())
                .refuse("web", new EvictionAnswer.Failed(0, "away"));
        walk.begin(NoticeKind.SPOT, ofSeconds(40));
        int[] before = new int[1];
        walk.atSecond(33.99, () -> before[0] = walk.pods.asked().size());
        walk.atSecond(34.01, () -> assertThat(walk.pods.asked()).hasSize(before[0] + 1));
        walk.walk();
    }

    @Test
    void a_deletion_that_is_refused_too_is_not_repeated_in_a_hot_loop() {
        walk.pods.add(SamplePod.named("web").grace(ofSeconds(2)).view()).refuse("web", no(new Refuser.Budget("")));
        for (int i = 0; i < 1_000; i++) {
            walk.pods.answer("web", no(new Refuser.Webhook("deny")));
        }
        walk.begin(NoticeKind.SPOT, ofSeconds(20));
        walk.walk();
        assertThat(walk.pods.requests()).hasSizeLessThan(5 * 20 + 1);
    }
}
