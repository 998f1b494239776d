package dev.lastcall.drain.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainPhase;
import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.DrainReport;
import dev.lastcall.drain.DrainSettings;
import dev.lastcall.drain.EvictionAnswer;
import dev.lastcall.drain.ForcePolicy;
import dev.lastcall.drain.NodeMarks;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.RequestCounts;
import dev.lastcall.drain.Taint;
import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.support.drain.FakeNode;
import dev.lastcall.support.drain.FakePods;
import dev.lastcall.support.drain.FakeServing;
import dev.lastcall.support.drain.SamplePod;
import dev.lastcall.support.drain.Samples;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Whole drains against ports in memory: the order of the steps, and what a notice that changes under way does.
 *
 * <p>A little over 300 lines, for each test tells a drain from its notice to its report.
 */
class DrainRunTest {
    private static final EvictionAnswer BLOCKED = new EvictionAnswer.Blocked("no disruption allowed", null, false);

    private final FakeNode node = new FakeNode(Samples.node());
    private final FakePods pods = new FakePods();
    private final FakeServing serving = new FakeServing();
    private final List<DrainEvent> events = new CopyOnWriteArrayList<>();
    private DrainSettings settings = margin(Duration.ofSeconds(1), ForcePolicy.SPOT, false);
    private Optional<Thread> thread = Optional.empty();

    private static DrainSettings margin(Duration margin, ForcePolicy force, boolean dryRun) {
        return Samples.settings(margin, force, true, true, false, dryRun);
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (thread.isPresent()) {
            thread.get().interrupt();
            thread.get().join();
        }
    }

    private static SamplePod engine(String name) {
        return SamplePod.named(name).label("lastcall.dev/engine", "vllm");
    }

    private static Notice notice(NoticeKind kind, Duration window) {
        return Samples.notice(kind, Instant.now(), window);
    }

    private DrainRun start(Notice notice) {
        DrainRun run = new DrainRun(
                notice,
                Optional.empty(),
                node,
                pods,
                serving,
                Samples.marks(settings),
                InstantSource.system(),
                events::add);
        thread = Optional.of(Thread.ofVirtual().start(run));
        return run;
    }

    private DrainReport finished(DrainRun run) {
        await().atMost(Duration.ofSeconds(30)).until(() -> run.report().isPresent());
        return run.report().orElseThrow();
    }

    private void ended() throws InterruptedException {
        assertThat(thread.orElseThrow().join(Duration.ofSeconds(30))).isTrue();
    }

    @Test
    void a_held_pod_goes_when_it_is_idle_and_the_rest_goes_at_once() {
        pods.add(engine("llm").view()).add(SamplePod.named("web").view());
        DrainRun run = start(notice(NoticeKind.SPOT, Duration.ofSeconds(60)));
        await().until(() -> pods.asked().contains("evict web"));
        await().until(() -> serving.withdrawn.contains("llm"));
        assertThat(pods.asked()).doesNotContain("evict llm");
        serving.idle("llm");
        DrainReport report = finished(run);
        assertThat(pods.asked()).containsExactly("evict web", "evict llm");
        assertThat(report.outcome()).isEqualTo("done");
        assertThat(report.pods()).isEqualTo(new DrainReport.Pods(2, 0, 0, 0, 0));
        assertThat(report.requests()).isEqualTo(new RequestCounts(2, 0, 2, 0, 0, 0));
        assertThat(report.unusedNoticeMs()).isBetween(1L, 60_000L);
        assertThat(node.now().unschedulable())
                .as("the node is about to be taken")
                .isTrue();
        assertThat(node.now().annotations()).containsKeys(NodeMarks.DRAIN, NodeMarks.REPORT);
    }

    @Test
    void the_first_patch_of_a_drain_comes_before_anything_is_asked_of_a_pod() {
        node.answer(new PatchAnswer.Failed(500, "etcd"));
        pods.add(SamplePod.named("web").view());
        DrainRun run = start(notice(NoticeKind.SPOT, Duration.ofSeconds(60)));
        finished(run);
        assertThat(events.stream().map(event -> event.getClass().getSimpleName()))
                .containsSubsequence("Noticed", "CordonFailed", "Cordoned", "Evicted", "Completed");
    }

    @Test
    void a_cordon_whose_answer_was_lost_is_still_ours() {
        node.loseAnswer();
        DrainRun run = start(notice(NoticeKind.SPOT, Duration.ofSeconds(60)));
        await().until(() -> events.stream().anyMatch(DrainEvent.Cordoned.class::isInstance));
        assertThat(run.record().cordonedByUs()).isTrue();
        assertThat(run.record().labelledByUs()).isTrue();
    }

    @Test
    void critical_pods_go_last_even_where_they_are_listed_first() {
        for (int i = 0; i < 20; i++) {
            pods.add(SamplePod.named("dns-" + i)
                    .priorityClass("system-cluster-critical")
                    .view());
        }
        pods.add(SamplePod.named("web").view()).add(engine("llm").view());
        DrainRun run = start(notice(NoticeKind.SPOT, Duration.ofSeconds(60)));
        await().until(() -> pods.asked().contains("evict web") && serving.watches("llm"));
        assertThat(pods.asked()).containsExactly("evict web");
        serving.idle("llm");
        finished(run);
        assertThat(pods.asked().subList(0, 2)).containsExactly("evict web", "evict llm");
        assertThat(pods.asked()).hasSize(22);
    }

    @Test
    void a_busy_engine_is_evicted_at_its_force_point_and_its_requests_are_counted_as_lost() {
        pods.add(engine("llm").view());
        DrainRun run = start(notice(NoticeKind.SPOT, Duration.ofSeconds(4)));
        DrainReport report = finished(run);
        assertThat(pods.asked()).containsExactly("evict llm");
        assertThat(report.requests()).isEqualTo(new RequestCounts(2, 0, 0, 0, 2, 0));
        assertThat(report.unusedNoticeMs()).isZero();
        assertThat(serving.signalled("llm")).isTrue();
        assertThat(events).anyMatch(DrainEvent.RequestsLost.class::isInstance);
    }

    @Test
    void what_a_budget_refuses_is_deleted_at_the_force_point_after_it_was_asked() {
        pods.add(SamplePod.named("web").grace(Duration.ofSeconds(1)).view()).refuse("web", BLOCKED);
        DrainReport report = finished(start(notice(NoticeKind.SPOT, Duration.ofSeconds(6))));
        assertThat(pods.asked()).startsWith("evict web").endsWith("delete web");
        assertThat(pods.requests()).allMatch(request -> request.grace().toSeconds() >= 1);
        assertThat(report.pods().forced()).isEqualTo(1);
    }

    @Test
    void without_force_a_refusing_budget_wins_and_the_drain_has_failed() {
        settings = margin(Duration.ofSeconds(1), ForcePolicy.NEVER, false);
        pods.add(SamplePod.named("web").view()).refuse("web", BLOCKED);
        DrainReport report = finished(start(notice(NoticeKind.SPOT, Duration.ofSeconds(4))));
        assertThat(pods.asked()).doesNotContain("delete web");
        assertThat(report.outcome()).isEqualTo("failed");
        assertThat(report.pods().failed()).isEqualTo(1);
    }

    @Test
    void a_deletion_that_is_refused_too_is_not_repeated_in_a_hot_loop() {
        pods.add(SamplePod.named("web").grace(Duration.ofSeconds(2)).view()).refuse("web", BLOCKED);
        for (int i = 0; i < 1_000; i++) {
            pods.answer("web", BLOCKED);
        }
        finished(start(notice(NoticeKind.SPOT, Duration.ofSeconds(5))));
        assertThat(pods.requests()).hasSizeLessThan(5 * 5 + 1);
    }

    @Test
    void a_tighter_notice_brings_the_force_point_of_a_held_pod_forward() throws InterruptedException {
        pods.add(engine("llm").view());
        DrainRun run = start(notice(NoticeKind.SPOT, Duration.ofMinutes(10)));
        await().until(() -> run.record().phase() == DrainPhase.DRAINING);
        assertThat(pods.asked()).isEmpty();
        assertThat(run.takeOver(notice(NoticeKind.TERMINATE, Duration.ofSeconds(5))))
                .isTrue();
        DrainReport report = finished(run);
        assertThat(pods.asked()).containsExactly("evict llm");
        assertThat(report.id()).isEqualTo("n-1");
        assertThat(report.kind()).isEqualTo(NoticeKind.TERMINATE);
        assertThat(node.now().taints()).contains(new Taint(NodeMarks.TAINT, "terminate", "NoSchedule"));
    }

    @Test
    void a_tighter_notice_brings_the_force_point_of_a_critical_pod_forward() throws InterruptedException {
        pods.add(SamplePod.named("dns")
                .in("kube-system")
                .grace(Duration.ofSeconds(1))
                .view());
        pods.add(engine("llm").view());
        DrainRun run = start(notice(NoticeKind.SPOT, Duration.ofMinutes(10)));
        await().until(() -> run.record().phase() == DrainPhase.DRAINING);
        assertThat(run.takeOver(notice(NoticeKind.SPOT, Duration.ofSeconds(6)))).isTrue();
        finished(run);
        assertThat(pods.asked()).containsExactlyInAnyOrder("evict dns", "evict llm");
    }

    @Test
    void a_cancel_puts_back_the_pods_that_are_left_and_only_what_was_ours() throws InterruptedException {
        Taint foreign = new Taint("nvidia.com/gpu", "", "NoSchedule");
        node.writtenByOthers(Samples.node(false, List.of(foreign), Map.of("zone", "a")));
        pods.add(engine("llm").view());
        DrainRun run = start(notice(NoticeKind.MAINTENANCE, Duration.ofMinutes(10)));
        await().until(() -> run.record().phase() == DrainPhase.DRAINING);
        run.cancel("the source no longer names it");
        ended();
        assertThat(pods.asked()).isEmpty();
        assertThat(serving.restored).containsExactly("llm");
        assertThat(node.now().unschedulable()).isFalse();
        assertThat(node.now().taints()).containsExactly(foreign);
        assertThat(node.now().labels()).isEqualTo(Map.of("zone", "a"));
        assertThat(node.now().annotations().get(NodeMarks.DRAIN)).contains("phase=cancelled");
        assertThat(run.takeOver(notice(NoticeKind.SPOT, Duration.ofSeconds(60))))
                .as("a notice that comes now needs a drain of its own")
                .isFalse();
    }

    @Test
    void a_cancel_leaves_a_persons_cordon_alone() throws InterruptedException {
        node.writtenByOthers(Samples.node(true, List.of(), Map.of()));
        pods.add(engine("llm").view());
        DrainRun run = start(notice(NoticeKind.MAINTENANCE, Duration.ofMinutes(10)));
        await().until(() -> run.record().phase() == DrainPhase.DRAINING);
        run.cancel("over");
        ended();
        assertThat(node.now().unschedulable()).isTrue();
        assertThat(node.now().taints()).isEmpty();
    }

    @Test
    void a_dry_run_writes_nothing_and_says_what_it_would_do() {
        settings = margin(Duration.ofSeconds(1), ForcePolicy.SPOT, true);
        pods.add(engine("llm").view()).add(SamplePod.named("web").view());
        DrainReport report = finished(start(notice(NoticeKind.SPOT, Duration.ofSeconds(60))));
        assertThat(node.sent()).isEmpty();
        assertThat(pods.requests()).isEmpty();
        assertThat(serving.withdrawn).isEmpty();
        assertThat(report.dryRun()).isTrue();
        assertThat(report.findings())
                .contains("would withdraw default/llm and hold it until idle", "would evict default/web at once");
    }

    @Test
    void hibernate_holds_nothing() {
        pods.add(engine("llm").view());
        finished(start(notice(NoticeKind.HIBERNATE, Duration.ZERO)));
        assertThat(serving.withdrawn).containsExactly("llm");
        assertThat(pods.requests()).containsExactly(new FakePods.Request("evict", "llm", Duration.ofSeconds(1)));
    }

    @Test
    void a_pod_that_was_bound_while_the_cordon_landed_is_drained_too() {
        DrainRun run = start(notice(NoticeKind.SPOT, Duration.ofSeconds(60)));
        await().until(() -> events.stream().anyMatch(DrainEvent.Cordoned.class::isInstance));
        pods.add(SamplePod.named("late").view());
        run.changed();
        assertThat(finished(run).pods().evicted()).isEqualTo(1);
        assertThat(pods.asked()).containsExactly("evict late");
    }

    @Test
    void in_company_only_the_serving_pods_are_drained() {
        node.writtenByOthers(
                Samples.node(true, List.of(new Taint("karpenter.sh/disrupted", "", "NoSchedule")), Map.of()));
        assertThat(node.read()).isPresent();
        pods.add(engine("llm").view()).add(SamplePod.named("web").view());
        DrainRun run = start(notice(NoticeKind.SPOT, Duration.ofSeconds(60)));
        await().until(() -> serving.watches("llm"));
        serving.idle("llm");
        assertThat(finished(run).pods()).isEqualTo(new DrainReport.Pods(1, 0, 0, 0, 1));
        assertThat(pods.asked()).containsExactly("evict llm");
    }

    @Test
    void an_engine_that_drains_after_its_signal_is_told_at_once_where_only_that_takes_it_out_of_its_routers() {
        serving.use(Duration.ofSeconds(20)).unrouted();
        pods.add(engine("llm").view());
        DrainReport report = finished(start(notice(NoticeKind.SPOT, Duration.ofSeconds(60))));
        assertThat(pods.asked()).containsExactly("evict llm");
        assertThat(report.unusedNoticeMs())
                .as("what it had in flight was lost in this telling")
                .isZero();
    }

    @Test
    void a_restarted_drain_goes_on_where_the_node_says_and_does_not_mark_it_twice() {
        Notice notice = notice(NoticeKind.SPOT, Duration.ofSeconds(60));
        NodeMarks marks = Samples.marks(settings);
        DrainRecord before = marks.cordon(Samples.node(), notice).record();
        assertThat(node.patch(marks.cordon(Samples.node(), notice).patch())).isInstanceOf(PatchAnswer.Done.class);
        pods.add(SamplePod.named("web").view());
        DrainRun run = new DrainRun(
                before.notice(), Optional.of(before), node, pods, serving, marks, InstantSource.system(), events::add);
        thread = Optional.of(Thread.ofVirtual().start(run));
        DrainReport report = finished(run);
        assertThat(report.pods().evicted()).isEqualTo(1);
        assertThat(run.record().cordonedByUs()).isTrue();
        assertThat(node.sent().stream().filter(patch -> Objects.nonNull(patch.unschedulable())))
                .hasSize(1);
        assertThat(events).contains(new DrainEvent.Noticed(before.notice(), true));
    }
}
