package dev.lastcall.drain.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.NodeGateway;
import dev.lastcall.drain.NodePatch;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.Taint;
import dev.lastcall.support.drain.FakeNode;
import dev.lastcall.support.drain.Samples;
import dev.lastcall.support.drain.SteppedTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Guards against a blind retry, which would write a list computed from a Node that is no more. */
class NodeWriterTest {
    private static final Taint MINE = new Taint("mine", "", "NoSchedule");
    private static final Taint FOREIGN = new Taint("foreign", "", "NoSchedule");

    private static final Duration SOON = Duration.ofSeconds(20);

    private final SteppedTime time = new SteppedTime();
    private final FakeNode node = new FakeNode(Samples.node());
    private final List<String> problems = new ArrayList<>();

    private static NodePatch addMine(NodeView view) {
        List<Taint> taints = new ArrayList<>(view.taints());
        taints.add(MINE);
        return new NodePatch(view.resourceVersion(), null, taints, Map.of(), Map.of());
    }

    private PatchAnswer write(Duration within) {
        return write(node, within);
    }

    private PatchAnswer write(NodeGateway gateway, Duration within) {
        AtomicReference<PatchAnswer> answer = new AtomicReference<>();
        time.walk(() -> answer.set(new NodeWriter(gateway, time)
                .write(NodeWriterTest::addMine, SteppedTime.T0.plus(within), () -> false, problems::add)));
        return answer.get();
    }

    @Test
    void one_patch_is_enough_where_nobody_interferes() {
        assertThat(write(SOON)).isInstanceOf(PatchAnswer.Done.class);
        assertThat(node.sent()).hasSize(1);
        assertThat(node.reads()).isZero();
    }

    @Test
    void on_a_conflict_it_reads_again_and_a_foreign_taint_survives() {
        node.writtenByOthers(Samples.node(false, List.of(FOREIGN), Map.of()));
        assertThat(write(SOON)).isInstanceOf(PatchAnswer.Done.class);
        assertThat(node.now().taints()).containsExactly(FOREIGN, MINE);
        assertThat(node.sent()).hasSize(2);
        assertThat(node.reads()).isEqualTo(1);
        assertThat(problems).as("a conflict is no trouble").isEmpty();
    }

    @Test
    void a_refusal_passes_too_is_tried_again_and_told_once() {
        node.answer(new PatchAnswer.Refused(403, "may not patch nodes"))
                .answer(new PatchAnswer.Refused(403, "may not patch nodes"));
        assertThat(write(SOON)).isInstanceOf(PatchAnswer.Done.class);
        assertThat(node.sent()).hasSize(3);
        assertThat(problems).containsExactly("HTTP 403: may not patch nodes");
    }

    @Test
    void a_failure_is_tried_again_until_it_stands_and_told_once_a_trouble() {
        node.answer(new PatchAnswer.Failed(500, "etcd")).answer(new PatchAnswer.Failed(0, "timeout"));
        assertThat(write(SOON)).isInstanceOf(PatchAnswer.Done.class);
        assertThat(node.sent()).hasSize(3);
        assertThat(problems).containsExactly("HTTP 500: etcd", "timeout");
    }

    @Test
    void when_the_time_is_over_there_was_still_one_try() {
        node.answer(new PatchAnswer.Failed(503, "away"));
        assertThat(write(Duration.ofSeconds(-1))).isEqualTo(new PatchAnswer.Failed(503, "away"));
        assertThat(node.sent()).hasSize(1);
    }

    @Test
    void endless_conflicts_are_no_hot_loop() {
        for (int i = 0; i < 1_000; i++) {
            node.answer(new PatchAnswer.Conflict());
        }
        assertThat(write(SOON)).isEqualTo(new PatchAnswer.Conflict());
        assertThat(node.sent()).hasSizeLessThan(100);
        assertThat(time.passed()).isGreaterThanOrEqualTo(SOON);
    }

    @Test
    void a_node_that_does_not_exist_is_no_patch() {
        NodeGateway nobody = new NodeGateway() {
            @Override
            public Optional<NodeView> latest() {
                return Optional.empty();
            }

            @Override
            public Optional<NodeView> read() {
                return Optional.empty();
            }

            @Override
            public PatchAnswer patch(NodePatch patch) {
                throw new AssertionError("patched what is not there");
            }
        };
        assertThat(write(nobody, Duration.ofMillis(250))).isEqualTo(new PatchAnswer.Missing());
    }
}
