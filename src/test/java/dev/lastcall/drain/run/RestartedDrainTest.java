package dev.lastcall.drain.run;

import static dev.lastcall.support.drain.DrainWalk.engine;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.DrainReport;
import dev.lastcall.drain.RequestCounts;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.support.drain.DrainWalk;
import dev.lastcall.support.drain.SamplePod;
import dev.lastcall.support.drain.SteppedTime;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The record on the Node is the truth about a drain, whatever became of the agent that wrote it. */
class RestartedDrainTest {

    /** The record as it stands on the Node at that second of the drain that has begun. */
    private static DrainRecord killedAt(DrainWalk life, double second) {
        DrainRecord[] found = new DrainRecord[1];
        life.atSecond(second, () -> {
            found[0] = DrainRecord.fromMap(life.run().record().toMap()).orElseThrow();
            life.run().cancel("killed: what it does from now on is no part of the test");
        });
        life.walk();
        return found[0];
    }

    @Test
    void a_restarted_drain_goes_on_where_the_node_says_and_does_not_mark_it_twice() {
        DrainWalk first = new DrainWalk();
        first.pods.add(engine("llm").view());
        first.begin(NoticeKind.SPOT, ofSeconds(60));
        DrainRecord record = killedAt(first, 5);
        DrainWalk second = new DrainWalk();
        second.node.marked(record);
        second.pods.add(SamplePod.named("web").view());
        second.resume(record);
        DrainReport report = second.walk();
        assertThat(report.pods().evicted()).isEqualTo(1);
        assertThat(second.run().record().cordonedByUs()).isTrue();
        assertThat(second.node.sent().stream().filter(patch -> Objects.nonNull(patch.unschedulable())))
                .isEmpty();
        assertThat(second.events).contains(new DrainEvent.Noticed(record.notice(), true));
        assertThat(report.cordonedAfterMs()).as("known from before").isNotNull();
    }

    @Test
    void what_went_before_two_kills_is_in_the_report_and_in_no_list() {
        DrainWalk first = new DrainWalk();
        first.pods
                .add(engine("a").view())
                .add(engine("b").view())
                .add(engine("c").view());
        first.begin(NoticeKind.SPOT, ofSeconds(120));
        first.atSecond(10, () -> first.serving.idle("a"));
        DrainRecord once = killedAt(first, 20);
        assertThat(once.baselines().keySet()).containsExactlyInAnyOrder("uid-b", "uid-c");
        assertThat(once.progress().evicted()).isEqualTo(1);

        DrainWalk second = new DrainWalk();
        second.node.marked(once);
        second.pods.add(engine("b").view()).add(engine("c").view());
        second.resume(once);
        second.atSecond(10, () -> second.serving.idle("b"));
        DrainRecord twice = killedAt(second, 20);

        DrainWalk third = new DrainWalk();
        third.node.marked(twice);
        third.pods.add(engine("c").view());
        third.resume(twice);
        third.atSecond(10, () -> third.serving.idle("c"));
        DrainReport report = third.walk();
        assertThat(report.pods()).isEqualTo(new DrainReport.Pods(3, 0, 0, 0, 0));
        assertThat(report.requests()).isEqualTo(new RequestCounts(6, 0, 6, 0, 0, 0));
        assertThat(report.unusedNoticeMs()).isEqualTo(110_000L);
    }

    @Test
    void requests_of_a_pod_that_left_while_no_agent_was_there_are_unknown_and_nothing_else() {
        DrainWalk first = new DrainWalk();
        first.pods.add(engine("a").view()).add(engine("b").view());
        first.begin(NoticeKind.SPOT, ofSeconds(120));
        DrainRecord record = killedAt(first, 20);
        DrainWalk second = new DrainWalk();
        second.node.marked(record);
        second.pods.add(engine("b").view());
        second.resume(record);
        second.atSecond(10, () -> second.serving.idle("b"));
        DrainReport report = second.walk();
        assertThat(report.requests()).isEqualTo(new RequestCounts(4, 0, 2, 0, 0, 2));
        assertThat(report.pods().gone()).isEqualTo(1);
    }

    @Test
    void the_annotation_is_written_when_a_serving_pod_has_gone_not_only_at_the_end() {
        DrainWalk walk = new DrainWalk();
        walk.pods.add(engine("a").view()).add(engine("b").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(120));
        walk.atSecond(10, () -> walk.serving.idle("a"));
        walk.atSecond(
                10.2,
                () -> assertThat(walk.node.now().annotations().get("lastcall.dev/drain"))
                        .contains("progress=")
                        .doesNotContain("uid-a"));
        walk.atSecond(20, () -> walk.serving.idle("b"));
        walk.walk();
        assertThat(SteppedTime.T0).isBefore(walk.time.now());
        assertThat(Map.copyOf(walk.run().record().baselines())).isEmpty();
    }

    @Test
    void a_hundred_ordinary_pods_that_go_are_written_together() {
        DrainWalk walk = new DrainWalk();
        for (int i = 0; i < 100; i++) {
            String name = "web-" + i;
            walk.pods.add(SamplePod.named(name).view());
            long after = 50L * i;
            walk.pods.slow(
                    name, () -> walk.time.await(() -> false, walk.time.now().plusMillis(after)));
        }
        walk.begin(NoticeKind.SPOT, ofSeconds(120));
        DrainReport report = walk.walk();
        assertThat(report.pods().evicted()).isEqualTo(100);
        assertThat(walk.node.sent()).hasSizeLessThan(60);
    }
}
