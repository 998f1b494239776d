package dev.lastcall.drain.run;

import static dev.lastcall.support.drain.DrainWalk.engine;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainReport;
import dev.lastcall.drain.DrainSettings;
import dev.lastcall.drain.EvictionAnswer;
import dev.lastcall.drain.ForcePolicy;
import dev.lastcall.drain.NodeMarks;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.PodPlan;
import dev.lastcall.drain.Refuser;
import dev.lastcall.drain.RequestCounts;
import dev.lastcall.drain.Taint;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.support.drain.DrainWalk;
import dev.lastcall.support.drain.FakePods;
import dev.lastcall.support.drain.SamplePod;
import dev.lastcall.support.drain.Samples;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Whole drains in stepped time: the order of the steps, and what a notice that changes under way does. */
class DrainRunTest {
    private final DrainWalk walk = new DrainWalk();

    private static DrainSettings dry() {
        return Samples.settings(ofSeconds(1), ForcePolicy.SPOT, true, true, false, true);
    }

    @Test
    void a_held_pod_goes_when_it_is_idle_and_the_rest_goes_at_once() {
        walk.pods.add(engine("llm").view()).add(SamplePod.named("web").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(60));
        walk.atSecond(20, () -> {
            assertThat(walk.pods.asked()).containsExactly("evict web");
            walk.serving.idle("llm");
        });
        DrainReport report = walk.walk();
        assertThat(walk.serving.withdrawn).containsExactly("llm");
        assertThat(walk.pods.asked()).containsExactly("evict web", "evict llm");
        assertThat(report.outcome()).isEqualTo("done");
        assertThat(report.pods()).isEqualTo(new DrainReport.Pods(2, 0, 0, 0, 0));
        assertThat(report.requests()).isEqualTo(new RequestCounts(2, 0, 2, 0, 0, 0));
        assertThat(report.unusedNoticeMs()).isEqualTo(40_000L);
        assertThat(walk.node.now().unschedulable())
                .as("the node is about to be taken")
                .isTrue();
        assertThat(walk.node.now().annotations()).containsKeys(NodeMarks.DRAIN, NodeMarks.REPORT);
    }

    @Test
    void a_cordon_whose_answer_was_lost_is_still_ours() {
        walk.node.loseAnswer();
        DrainRun run = walk.begin(NoticeKind.SPOT, ofSeconds(60));
        walk.walk();
        assertThat(walk.told(DrainEvent.Cordoned.class)).hasSize(1);
        assertThat(run.record().cordonedByUs()).isTrue();
        assertThat(run.record().labelledByUs()).isTrue();
    }

    @Test
    void critical_pods_go_last_even_where_they_are_listed_first() {
        for (int i = 0; i < 20; i++) {
            walk.pods.add(SamplePod.named("dns-" + i)
                    .priorityClass("system-cluster-critical")
                    .view());
        }
        walk.pods.add(SamplePod.named("web").view()).add(engine("llm").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(60));
        walk.atSecond(10, () -> {
            assertThat(walk.pods.asked()).containsExactly("evict web");
            walk.serving.idle("llm");
        });
        walk.walk();
        assertThat(walk.pods.asked().subList(0, 2)).containsExactly("evict web", "evict llm");
        assertThat(walk.pods.asked()).hasSize(22);
    }

    @Test
    void a_busy_engine_is_evicted_at_its_force_point_and_its_requests_are_counted_as_lost() {
        walk.pods.add(engine("llm").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(120));
        walk.atSecond(118.9, () -> assertThat(walk.pods.asked()).isEmpty());
        DrainReport report = walk.walk();
        assertThat(walk.pods.asked()).containsExactly("evict llm");
        assertThat(report.requests()).isEqualTo(new RequestCounts(2, 0, 0, 0, 2, 0));
        assertThat(report.unusedNoticeMs())
                .as("the margin was not used, whatever was lost")
                .isEqualTo(1_000L);
        assertThat(walk.serving.signalled("llm")).isTrue();
        assertThat(walk.events).anyMatch(DrainEvent.RequestsLost.class::isInstance);
    }

    @Test
    void a_tighter_notice_brings_the_force_point_of_a_held_pod_forward() {
        walk.pods.add(engine("llm").view());
        DrainRun run = walk.begin(NoticeKind.SPOT, ofMinutes(10));
        walk.atSecond(30, () -> {
            assertThat(walk.pods.asked()).isEmpty();
            assertThat(run.takeOver(walk.notice(NoticeKind.TERMINATE, ofSeconds(90))))
                    .isTrue();
        });
        walk.atSecond(118.9, () -> assertThat(walk.pods.asked()).isEmpty());
        walk.atSecond(119.1, () -> assertThat(walk.pods.asked()).containsExactly("evict llm"));
        DrainReport report = walk.walk();
        assertThat(report.id()).isEqualTo("n-1");
        assertThat(report.kind()).isEqualTo(NoticeKind.TERMINATE);
        assertThat(walk.node.now().taints()).contains(new Taint(NodeMarks.TAINT, "terminate", "NoSchedule"));
    }

    @Test
    void a_tighter_notice_brings_the_force_point_of_a_critical_pod_forward() {
        walk.pods.add(
                SamplePod.named("dns").in("kube-system").grace(ofSeconds(1)).view());
        walk.pods.add(engine("llm").view());
        DrainRun run = walk.begin(NoticeKind.SPOT, ofMinutes(10));
        walk.atSecond(
                5,
                () -> assertThat(run.takeOver(walk.notice(NoticeKind.SPOT, ofSeconds(6))))
                        .isTrue());
        walk.walk();
        assertThat(walk.pods.asked()).containsExactlyInAnyOrder("evict dns", "evict llm");
        assertThat(walk.time.passed()).isLessThan(ofSeconds(20));
    }

    @Test
    void a_terminating_pod_that_has_more_time_than_the_node_is_given_less() {
        walk.pods.add(SamplePod.named("slow").grace(ofSeconds(300)).view()).linger(walk.time::now);
        DrainRun run = walk.begin(NoticeKind.SPOT, ofMinutes(10));
        walk.atSecond(
                20,
                () -> assertThat(run.takeOver(walk.notice(NoticeKind.SPOT, ofSeconds(60))))
                        .isTrue());
        walk.walk();
        assertThat(walk.pods.requests())
                .containsExactly(
                        new FakePods.Request("evict", "slow", ofSeconds(300)),
                        new FakePods.Request("delete", "slow", ofSeconds(59)));
        assertThat(walk.told(DrainEvent.Shortened.class)).hasSize(1);
    }

    @Test
    void a_cancel_ends_the_drain_with_a_report_and_asks_no_pod_to_go() {
        walk.pods.add(engine("llm").view());
        DrainRun run = walk.begin(NoticeKind.MAINTENANCE, ofMinutes(10));
        walk.atSecond(60, () -> run.cancel("the source no longer names it"));
        DrainReport report = walk.walk();
        assertThat(walk.pods.asked()).isEmpty();
        assertThat(walk.node.now().annotations().get(NodeMarks.DRAIN)).contains("phase=cancelled");
        assertThat(report.outcome()).isEqualTo("cancelled");
        assertThat(report.pods()).as("it stays").isEqualTo(new DrainReport.Pods(0, 0, 0, 0, 1));
        assertThat(report.requests())
                .as("what is in flight when the counting ends is neither finished nor lost")
                .isEqualTo(new RequestCounts(2, 0, 0, 0, 0, 2));
        assertThat(walk.node.now().annotations().get(NodeMarks.REPORT)).contains("outcome=cancelled");
        assertThat(walk.told()).containsSubsequence("Completed", "Cancelled");
        assertThat(run.takeOver(walk.notice(NoticeKind.SPOT, ofSeconds(60))))
                .as("a notice that comes now needs a drain of its own")
                .isFalse();
    }

    @Test
    void a_dry_run_writes_nothing_says_would_and_never_cordoned() {
        walk.settings(dry());
        walk.pods.add(engine("llm").view()).add(SamplePod.named("web").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(60));
        DrainReport report = walk.walk();
        assertThat(walk.node.sent()).isEmpty();
        assertThat(walk.pods.requests()).isEmpty();
        assertThat(walk.serving.withdrawn).isEmpty();
        assertThat(report.dryRun()).isTrue();
        assertThat(report.findings())
                .containsExactlyElementsOf(
                        walk.run().plan().stream().map(PodPlan::sentence).toList())
                .anyMatch(line -> line.startsWith("would withdraw default/llm and hold it until idle"))
                .contains("would evict default/web at once");
        assertThat(walk.told()).containsExactly("Noticed", "WouldCordon", "Completed");
    }

    @Test
    void hibernate_holds_nothing() {
        walk.pods.add(engine("llm").view());
        walk.begin(NoticeKind.HIBERNATE, Duration.ZERO);
        walk.walk();
        assertThat(walk.serving.withdrawn).containsExactly("llm");
        assertThat(walk.pods.requests()).containsExactly(new FakePods.Request("evict", "llm", ofSeconds(1)));
    }

    @Test
    void a_pod_that_was_bound_while_the_cordon_landed_is_drained_too() {
        walk.begin(NoticeKind.SPOT, ofSeconds(60));
        walk.atSecond(3, () -> walk.pods.add(SamplePod.named("late").view()));
        assertThat(walk.walk().pods().evicted()).isEqualTo(1);
        assertThat(walk.pods.asked()).containsExactly("evict late");
    }

    @Test
    void an_engine_that_drains_after_its_signal_is_told_at_once_where_only_that_takes_it_out_of_its_routers() {
        walk.serving.use(ofSeconds(20)).unrouted();
        walk.pods.add(engine("llm").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(60));
        walk.atSecond(1, () -> assertThat(walk.pods.asked()).containsExactly("evict llm"));
        walk.walk();
    }

    @Test
    void the_report_is_told_before_the_last_write_to_the_node() {
        walk.pods.add(SamplePod.named("web").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(60));
        walk.atSecond(2, () -> {
            for (int i = 0; i < 10_000; i++) {
                walk.node.answer(new PatchAnswer.Failed(0, "the API server is away"));
            }
        });
        walk.atSecond(7, () -> assertThat(walk.told()).contains("Completed"));
        walk.walk();
        assertThat(walk.node.now().annotations()).doesNotContainKey(NodeMarks.REPORT);
    }

    @Test
    void a_pod_that_a_stale_list_leaves_out_is_held_on_until_a_fresh_answer_says_that_it_is_gone() {
        walk.pods.add(engine("llm").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(60));
        walk.atSecond(5, () -> walk.pods.hide("llm", true));
        walk.atSecond(12, () -> assertThat(walk.pods.asked()).isEmpty());
        walk.atSecond(15, () -> walk.pods.hide("llm", false));
        walk.atSecond(30, () -> {
            assertThat(walk.pods.asked()).as("two requests are still in it").isEmpty();
            walk.serving.idle("llm");
        });
        assertThat(walk.walk().pods()).isEqualTo(new DrainReport.Pods(1, 0, 0, 0, 0));
    }

    @Test
    void a_pod_that_ends_by_itself_is_gone() {
        walk.pods.add(engine("job").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(60));
        walk.atSecond(10, () -> walk.pods.succeed("job"));
        assertThat(walk.walk().pods()).isEqualTo(new DrainReport.Pods(0, 0, 1, 0, 0));
        assertThat(walk.pods.asked()).isEmpty();
        assertThat(walk.time.passed()).isLessThan(ofSeconds(12));
    }

    @Test
    void a_defect_in_one_pods_drain_is_said_and_costs_it_its_hold_but_not_its_eviction() {
        walk.serving.defective("odd");
        walk.pods
                .add(engine("odd").grace(ofSeconds(10)).view())
                .add(SamplePod.named("web").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(60));
        walk.atSecond(48, () -> assertThat(walk.pods.asked()).containsExactly("evict web"));
        DrainReport report = walk.walk();
        assertThat(walk.pods.asked()).containsExactly("evict web", "evict odd");
        assertThat(report.outcome()).isEqualTo("done");
        assertThat(walk.told(DrainEvent.Defect.class)).isNotEmpty();
        assertThat(report.findings()).anyMatch(line -> line.contains("drain of default/odd"));
    }

    @Test
    void with_all_permits_held_by_slow_evictions_a_withdrawal_goes_through() {
        holdAllPermits(ofSeconds(15));
        walk.pods.add(engine("llm").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(30));
        walk.atSecond(1, () -> assertThat(walk.serving.withdrawn).containsExactly("llm"));
        walk.walk();
    }

    /** Guards against a deletion that queued behind an eviction webhook until the machine was cut. */
    @Test
    void with_all_permits_held_by_slow_evictions_a_forced_deletion_goes_through() {
        holdAllPermits(ofSeconds(28));
        walk.pods.add(SamplePod.named("stuck").view());
        walk.pods.refuse("stuck", new EvictionAnswer.Refused(new Refuser.Budget("b"), "no", null));
        walk.begin(NoticeKind.SPOT, ofSeconds(30));
        walk.atSecond(14, () -> assertThat(walk.pods.asked()).doesNotContain("delete stuck"));
        walk.atSecond(17, () -> assertThat(walk.pods.asked()).contains("delete stuck"));
        walk.walk();
    }

    private void holdAllPermits(Duration each) {
        for (int i = 0; i < 20; i++) {
            walk.pods.add(SamplePod.named("slow-" + i).view());
            walk.pods.slow(
                    "slow-" + i,
                    () -> walk.time.await(() -> false, walk.time.now().plus(each)));
        }
    }
}
