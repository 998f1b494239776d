package dev.lastcall.drain.run;

import static dev.lastcall.support.drain.DrainWalk.engine;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.DrainReport;
import dev.lastcall.drain.Taint;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.support.drain.DrainWalk;
import dev.lastcall.support.drain.SamplePod;
import dev.lastcall.support.drain.Samples;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Another drainer's mark means that it may evict, not that it does. */
class InCompanyTest {
    private static final Taint KARPENTER = new Taint("karpenter.sh/disrupted", "", "NoSchedule");
    private final DrainWalk walk = new DrainWalk();

    @BeforeEach
    void marked() {
        walk.node.writtenByOthers(Samples.node(false, List.of(KARPENTER), Map.of()));
        assertThat(walk.node.read()).isPresent();
        walk.pods
                .add(engine("llm").view())
                .add(SamplePod.named("web").grace(ofSeconds(5)).view());
    }

    private void unmark() {
        walk.node.untaint(KARPENTER.key());
    }

    @Test
    void ordinary_pods_are_left_to_the_other_until_their_own_force_point_and_are_ours_then() {
        walk.begin(NoticeKind.SPOT, ofSeconds(40));
        walk.atSecond(10, () -> walk.serving.idle("llm"));
        walk.atSecond(33.9, () -> assertThat(walk.pods.asked()).containsExactly("evict llm"));
        walk.atSecond(34.1, () -> assertThat(walk.pods.asked()).containsExactly("evict llm", "evict web"));
        DrainReport report = walk.walk();
        assertThat(report.pods()).isEqualTo(new DrainReport.Pods(2, 0, 0, 0, 0));
        assertThat(report.findings())
                .anyMatch(line -> line.matches("the ordinary pods were left to Karpenter for 3[34] s.*"));
    }

    @Test
    void what_the_other_takes_is_none_of_ours() {
        walk.begin(NoticeKind.SPOT, ofSeconds(40));
        walk.atSecond(
                3,
                () -> walk.pods.latest().stream()
                        .filter(pod -> pod.ref().name().equals("web"))
                        .forEach(walk.pods::remove));
        walk.atSecond(10, () -> walk.serving.idle("llm"));
        assertThat(walk.walk().pods()).isEqualTo(new DrainReport.Pods(1, 0, 1, 0, 0));
        assertThat(walk.pods.asked()).containsExactly("evict llm");
    }

    @Test
    void a_mark_that_goes_makes_them_ours_at_once() {
        walk.begin(NoticeKind.SPOT, ofSeconds(40));
        walk.atSecond(5, this::unmark);
        walk.atSecond(5.2, () -> assertThat(walk.pods.asked()).containsExactly("evict web"));
        walk.atSecond(10, () -> walk.serving.idle("llm"));
        assertThat(walk.walk().findings())
                .anyMatch(line -> line.matches("the ordinary pods were left to Karpenter for [45] s.*"));
    }

    @Test
    void a_notice_that_is_not_final_leaves_them_to_the_other_to_the_end_and_says_so() {
        walk.begin(NoticeKind.MAINTENANCE, ofSeconds(40));
        walk.atSecond(10, () -> walk.serving.idle("llm"));
        DrainReport report = walk.walk();
        assertThat(walk.pods.asked()).containsExactly("evict llm");
        assertThat(report.outcome()).as("the pod was cut by the machine").isEqualTo("failed");
    }
}
