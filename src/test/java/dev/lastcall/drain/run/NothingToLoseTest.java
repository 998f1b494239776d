package dev.lastcall.drain.run;

import static dev.lastcall.support.drain.DrainWalk.engine;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.DrainReport;
import dev.lastcall.drain.EvictionAnswer;
import dev.lastcall.drain.Refuser;
import dev.lastcall.drain.RequestCounts;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.support.drain.DrainWalk;
import dev.lastcall.support.drain.SamplePod;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who has nothing to lose goes at once; who must not be evicted is still withdrawn and counted. */
class NothingToLoseTest {
    private static final int PERMITS = 20;

    private final DrainWalk walk = new DrainWalk();

    @Test
    void an_engine_that_never_served_goes_at_once_and_is_no_unread_pod() {
        walk.pods
                .add(engine("pending").phase("Pending").view())
                .add(engine("loading").loading().view())
                .add(engine("nowhere").withoutAddress().view());
        walk.begin(NoticeKind.SPOT, ofSeconds(120));
        walk.atSecond(
                0.5,
                () -> assertThat(walk.pods.asked())
                        .containsExactlyInAnyOrder("evict pending", "evict loading", "evict nowhere"));
        DrainReport report = walk.walk();
        assertThat(report.unreadPods()).isZero();
        assertThat(report.unusedNoticeMs()).as("nobody served").isNull();
        assertThat(walk.serving.withdrawn).isEmpty();
    }

    /** It was evicted like an empty pod, in the middle of the requests that it had taken meanwhile. */
    @Test
    void an_engine_that_has_begun_to_serve_while_its_eviction_was_refused_is_withdrawn_and_held() {
        walk.pods
                .add(engine("late").loading().view())
                .refuse("late", new EvictionAnswer.Refused(new Refuser.Budget("b"), "no", null));
        List<String> refused = new ArrayList<>();
        walk.begin(NoticeKind.SPOT, ofSeconds(120));
        walk.atSecond(10, () -> {
            refused.addAll(walk.pods.asked());
            assertThat(refused).contains("evict late");
            assertThat(walk.serving.withdrawn).isEmpty();
            walk.pods.add(engine("late").view());
            walk.pods.allow("late");
        });
        walk.atSecond(60, () -> {
            assertThat(walk.serving.withdrawn).containsExactly("late");
            assertThat(walk.pods.asked()).as("held").isEqualTo(refused);
            walk.serving.idle("late");
        });
        DrainReport report = walk.walk();
        assertThat(walk.pods.asked()).as("once more, when it was idle").hasSize(refused.size() + 1);
        assertThat(report.requests()).isEqualTo(new RequestCounts(2, 0, 2, 0, 0, 0));
        assertThat(report.pods()).isEqualTo(new DrainReport.Pods(1, 0, 0, 0, 0));
        assertThat(report.findings())
                .contains("default/late was loading at the notice and serves by now: it is drained as an engine");
    }

    @Test
    void an_engine_that_has_begun_to_serve_before_its_turn_among_the_evictions_is_not_evicted() {
        for (int i = 0; i < PERMITS; i++) {
            walk.pods
                    .add(SamplePod.named("web-" + i).view())
                    .slow(
                            "web-" + i,
                            () -> walk.time.await(() -> false, walk.time.now().plusSeconds(2)));
        }
        walk.begin(NoticeKind.SPOT, ofSeconds(120));
        walk.atSecond(1, () -> walk.pods.add(engine("late").loading().view()));
        walk.atSecond(1.5, () -> walk.pods.add(engine("late").view()));
        walk.atSecond(60, () -> {
            assertThat(walk.pods.asked()).doesNotContain("evict late");
            walk.serving.idle("late");
        });
        DrainReport report = walk.walk();
        assertThat(report.requests()).isEqualTo(new RequestCounts(2, 0, 2, 0, 0, 0));
        assertThat(walk.pods.asked()).endsWith("evict late");
    }

    @Test
    void an_engine_of_a_daemonset_is_withdrawn_read_and_counted_and_not_evicted() {
        walk.pods.add(engine("each").ownedBy("DaemonSet").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(60));
        walk.atSecond(20, () -> walk.serving.idle("each"));
        DrainReport report = walk.walk();
        assertThat(walk.serving.withdrawn).containsExactly("each");
        assertThat(walk.pods.asked()).isEmpty();
        assertThat(report.requests()).isEqualTo(new RequestCounts(2, 0, 2, 0, 0, 0));
        assertThat(report.pods()).isEqualTo(new DrainReport.Pods(0, 0, 0, 0, 1));
        assertThat(report.outcome()).isEqualTo("done");
        assertThat(walk.time.passed()).as("nobody waits for an idle one").isLessThan(ofSeconds(25));
    }

    @Test
    void a_busy_engine_of_a_daemonset_loses_what_it_has_when_the_time_is_over_and_that_is_counted() {
        walk.pods.add(engine("each").ownedBy("DaemonSet").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(60));
        DrainReport report = walk.walk();
        assertThat(report.requests()).isEqualTo(new RequestCounts(2, 0, 0, 0, 2, 0));
        assertThat(walk.pods.asked()).isEmpty();
    }

    @Test
    void a_silent_worker_of_a_group_is_not_held_and_the_group_is_named() {
        walk.pods.add(engine("llm-0-1")
                .label("leaderworkerset.sigs.k8s.io/worker-index", "1")
                .label("leaderworkerset.sigs.k8s.io/name", "llm")
                .view());
        walk.serving.silent("llm-0-1");
        walk.begin(NoticeKind.SPOT, ofSeconds(120));
        walk.atSecond(5, () -> assertThat(walk.pods.asked()).containsExactly("evict llm-0-1"));
        DrainReport report = walk.walk();
        assertThat(report.unreadPods()).isZero();
        assertThat(report.findings()).anyMatch(line -> line.contains("a worker of the group llm "));
    }

    @Test
    void a_worker_that_counts_is_held_like_any_other() {
        walk.pods.add(engine("llm-0-1")
                .label("leaderworkerset.sigs.k8s.io/worker-index", "1")
                .view());
        walk.begin(NoticeKind.SPOT, ofSeconds(120));
        walk.atSecond(60, () -> {
            assertThat(walk.pods.asked()).isEmpty();
            walk.serving.idle("llm-0-1");
        });
        walk.walk();
    }

    @Test
    void a_pod_that_would_come_back_is_left_and_the_report_names_it_once() {
        walk.pods.add(SamplePod.named("everywhere").toleratesEverything().view());
        walk.begin(NoticeKind.SPOT, ofSeconds(60));
        DrainReport report = walk.walk();
        assertThat(walk.pods.asked()).isEmpty();
        assertThat(report.pods().skipped()).isEqualTo(1);
        assertThat(report.findings())
                .filteredOn(line -> line.startsWith("default/everywhere is left alone: it tolerates"))
                .hasSize(1);
    }

    @Test
    void a_serving_pod_that_would_come_back_is_not_detached_since_its_replacement_could_be_bound_to_this_node() {
        walk.pods
                .add(engine("everywhere").toleratesEverything().view())
                .add(engine("llm").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(60));
        walk.walk();
        assertThat(walk.serving.withdrawn).containsExactlyInAnyOrder("everywhere", "llm");
        assertThat(walk.serving.allowedForGood).containsExactly("llm");
    }

    @Test
    void what_asks_not_to_be_disrupted_is_heeded_in_maintenance_until_the_machine_is_taken_for_sure() {
        walk.pods.add(SamplePod.named("train")
                .annotation("cluster-autoscaler.kubernetes.io/safe-to-evict", "false")
                .view());
        walk.pods.add(
                engine("llm").annotation("karpenter.sh/do-not-disrupt", "true").view());
        DrainRun run = walk.begin(NoticeKind.MAINTENANCE, ofSeconds(600));
        walk.atSecond(4, () -> {
            assertThat(walk.pods.asked()).isEmpty();
            assertThat(walk.serving.withdrawn).containsExactly("llm");
            assertThat(run.takeOver(walk.notice(NoticeKind.SPOT, ofSeconds(120))))
                    .isTrue();
        });
        walk.atSecond(5, () -> {
            assertThat(walk.pods.asked()).containsExactly("evict train");
            walk.serving.idle("llm");
        });
        walk.walk();
        assertThat(walk.pods.asked()).containsExactly("evict train", "evict llm");
    }
}
