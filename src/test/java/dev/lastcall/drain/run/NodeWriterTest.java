package dev.lastcall.drain.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.NodeGateway;
import dev.lastcall.drain.NodePatch;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.Taint;
import dev.lastcall.support.drain.FakeNode;
import dev.lastcall.support.drain.Samples;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Guards against a blind retry, which would write a list computed from a Node that is no more. */
class NodeWriterTest {
    private static final Taint MINE = new Taint("mine", "", "NoSchedule");
    private static final Taint FOREIGN = new Taint("foreign", "", "NoSchedule");

    private final FakeNode node = new FakeNode(Samples.node());
    private final List<String> problems = new ArrayList<>();

    private static NodePatch addMine(NodeView view) {
        List<Taint> taints = new ArrayList<>(view.taints());
        taints.add(MINE);
        return new NodePatch(view.resourceVersion(), null, taints, Map.of(), Map.of());
    }

    private PatchAnswer write(Instant until) throws InterruptedException {
        return new NodeWriter(node, InstantSource.system())
                .write(NodeWriterTest::addMine, until, () -> false, problems::add);
    }

    private static Instant soon() {
        return Instant.now().plusSeconds(20);
    }

    @Test
    void one_patch_is_enough_where_nobody_interferes() throws InterruptedException {
        assertThat(write(soon())).isInstanceOf(PatchAnswer.Done.class);
        assertThat(node.sent()).hasSize(1);
        assertThat(node.reads()).isZero();
    }

    @Test
    void on_a_conflict_it_reads_again_and_a_foreign_taint_survives() throws InterruptedException {
        node.writtenByOthers(Samples.node(false, List.of(FOREIGN), Map.of()));
        assertThat(write(soon())).isInstanceOf(PatchAnswer.Done.class);
        assertThat(node.now().taints()).containsExactly(FOREIGN, MINE);
        assertThat(node.sent()).hasSize(2);
        assertThat(node.reads()).isEqualTo(1);
        assertThat(problems).as("a conflict is no trouble").isEmpty();
    }

    @Test
    void a_refusal_ends_it_at_once_and_is_told() throws InterruptedException {
        node.answer(new PatchAnswer.Refused(403, "may not patch nodes"));
        assertThat(write(soon())).isEqualTo(new PatchAnswer.Refused(403, "may not patch nodes"));
        assertThat(node.sent()).hasSize(1);
        assertThat(problems).containsExactly("HTTP 403: may not patch nodes");
    }

    @Test
    void a_failure_is_tried_again_until_it_stands_and_told_once() throws InterruptedException {
        node.answer(new PatchAnswer.Failed(500, "etcd")).answer(new PatchAnswer.Failed(0, "timeout"));
        assertThat(write(soon())).isInstanceOf(PatchAnswer.Done.class);
        assertThat(node.sent()).hasSize(3);
        assertThat(problems).containsExactly("etcd");
    }

    @Test
    void when_the_time_is_over_there_was_still_one_try() throws InterruptedException {
        node.answer(new PatchAnswer.Failed(503, "away"));
        assertThat(write(Instant.now().minusSeconds(1))).isEqualTo(new PatchAnswer.Failed(503, "away"));
        assertThat(node.sent()).hasSize(1);
    }

    @Test
    void endless_conflicts_end() throws InterruptedException {
        for (int i = 0; i < 1_000; i++) {
            node.answer(new PatchAnswer.Conflict());
        }
        assertThat(write(soon())).isEqualTo(new PatchAnswer.Conflict());
        assertThat(node.sent()).hasSizeLessThan(100);
    }

    @Test
    void a_node_that_does_not_exist_is_no_patch() throws InterruptedException {
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
        PatchAnswer answer = new NodeWriter(nobody, InstantSource.system())
                .write(NodeWriterTest::addMine, Instant.now().plusMillis(250), () -> false, problems::add);
        assertThat(answer).isEqualTo(new PatchAnswer.Missing());
    }
}
