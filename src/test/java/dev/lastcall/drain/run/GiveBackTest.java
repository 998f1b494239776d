package dev.lastcall.drain.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainPhase;
import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.DrainRecords;
import dev.lastcall.drain.NodeMarks;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.Taint;
import dev.lastcall.drain.run.Interruptions.Marks;
import dev.lastcall.drain.run.Interruptions.Wanted;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.serving.EngineClient;
import dev.lastcall.serving.LabelSelector;
import dev.lastcall.serving.ServingPods;
import dev.lastcall.serving.ServingSettings;
import dev.lastcall.serving.Withdrawals;
import dev.lastcall.serving.replacement.Replacement;
import dev.lastcall.serving.rotation.KeepInRotation;
import dev.lastcall.serving.rotation.Neighbours;
import dev.lastcall.support.drain.FakeNode;
import dev.lastcall.support.drain.FakePods;
import dev.lastcall.support.drain.FakeServing;
import dev.lastcall.support.drain.SamplePod;
import dev.lastcall.support.drain.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The way back, one look after the other; no thread and no second is waited for.
 *
 * <p>A little over 300 lines: every look starts from the same node, and one look is one test.
 */
class GiveBackTest {
    private static final Instant T0 = Instant.parse("2026-11-25T12:00:00Z");
    private static final Taint FOREIGN = new Taint("nvidia.com/gpu", "", "NoSchedule");
    private static final List<PatchAnswer> REFUSALS = List.of(
            new PatchAnswer.Failed(500, "failed calling webhook"),
            new PatchAnswer.Refused(403, "forbidden"),
            new PatchAnswer.Failed(429, "slow down"),
            new PatchAnswer.Failed(0, "timeout"));

    private final NodeMarks marks = new NodeMarks(
            Samples.settings(),
            DrainRecords::write,
            text -> DrainRecords.json(text).flatMap(DrainRecord::fromMap));
    private final FakeNode node = new FakeNode(Samples.node());
    private final FakePods pods = new FakePods();
    private final EngineClient engines = new EngineClient();
    private final ServingPods serving = new ServingPods(
            new ServingSettings(
                    LabelSelector.parse("lastcall.dev/engine"),
                    Set.of(Withdrawals.Strategy.AUTO, Withdrawals.Strategy.DETACH),
                    Duration.ofMillis(100),
                    Duration.ofMillis(100),
                    2,
                    new KeepInRotation.Budget()),
            pods,
            engines,
            Neighbours.NONE,
            Replacement.ADMITTED);
    private final List<DrainEvent> told = new ArrayList<>();
    private final AtomicReference<Wanted> wanted = new AtomicReference<>(want(Marks.GIVEN_BACK));
    private Instant now = T0;
    private final GiveBack giveBack =
            new GiveBack(node, pods, serving, marks, () -> now, wanted::get, Optional::empty, told::add);

    @AfterEach
    void close() {
        engines.close();
    }

    private static Wanted want(Marks marks) {
        return new Wanted(marks, Optional.empty(), Optional.empty(), marks == Marks.GIVEN_BACK);
    }

    private static PodView engine(String name) {
        return SamplePod.named(name)
                .label("lastcall.dev/engine", "vllm")
                .label(Withdrawals.ROTATION, "in")
                .gate(Withdrawals.GATE)
                .condition(Withdrawals.GATE, "True")
                .view();
    }

    /** The node as a drain leaves it, on which something of others stands as well. */
    private void marked(DrainPhase phase, List<Taint> others) {
        NodeView before = Samples.node(false, others, Map.of("zone", "a"));
        node.writtenByOthers(before);
        NodeView fresh = node.read().orElseThrow();
        NodeMarks.Marked cordon = marks.cordon(fresh, Samples.notice(NoticeKind.SPOT, T0, Duration.ofSeconds(120)));
        assertThat(node.patch(cordon.patch())).isInstanceOf(PatchAnswer.Done.class);
        NodeView cordoned = node.read().orElseThrow();
        assertThat(node.patch(marks.phase(cordoned, cordon.record().with(phase))))
                .isInstanceOf(PatchAnswer.Done.class);
    }

    private void assertNothingOfOursIsLeft() {
        assertThat(node.now().unschedulable()).isFalse();
        assertThat(node.now().taints()).containsExactly(FOREIGN);
        assertThat(node.now().labels()).isEqualTo(Map.of("zone", "a"));
        for (PodView pod : pods.latest()) {
            assertThat(pod.labels()).containsEntry(Withdrawals.ROTATION, "in");
            assertThat(pod.annotations()).isEmpty();
            assertThat(pod.conditions()).containsEntry(Withdrawals.GATE, "True");
        }
    }

    @Test
    void whatever_phase_an_earlier_life_left_the_node_in_nothing_of_ours_is_left_after_one_look() {
        for (DrainPhase phase : DrainPhase.values()) {
            if (phase == DrainPhase.CANCELLED) {
                continue; // it reaches the Node only together with the release
            }
            marked(phase, List.of(FOREIGN));
            pods.add(engine("llm"));
            var _ = serving.withdraw(pods.now("llm"), T0.plusSeconds(120), false);
            assertThat(pods.now("llm").labels()).containsEntry(Withdrawals.ROTATION, "out");
            var _ = giveBack.once();
            assertNothingOfOursIsLeft();
            assertThat(marks.stand(node.now())).as("%s", phase).isFalse();
        }
    }

    @Test
    void a_restoring_request_whose_first_answer_is_a_refusal_is_tried_until_all_of_it_holds() {
        for (PatchAnswer refusal : REFUSALS) {
            marked(DrainPhase.DRAINING, List.of(FOREIGN));
            pods.add(engine("llm"));
            var _ = serving.withdraw(pods.now("llm"), T0.plusSeconds(120), false);
            node.answer(refusal);
            pods.answerPatch("llm", refusal); // the gate's
            Duration pause = giveBack.once();
            assertThat(pause).as("it looks again soon").isLessThan(Duration.ofSeconds(1));
            pods.answerPatch("llm", new PatchAnswer.Failed(0, "timeout"));
            var _ = giveBack.once();
            var _ = giveBack.once();
            var _ = giveBack.once();
            assertNothingOfOursIsLeft();
        }
    }

    @Test
    void pods_that_an_agent_that_is_gone_left_withdrawn_are_put_back_by_what_they_carry() {
        pods.add(engine("llm"));
        ServingPods gone = new ServingPods(
                new ServingSettings(
                        LabelSelector.parse("lastcall.dev/engine"),
                        Set.of(Withdrawals.Strategy.AUTO),
                        Duration.ZERO,
                        Duration.ofMillis(100),
                        2,
                        new KeepInRotation.Budget()),
                pods,
                engines,
                Neighbours.NONE,
                Replacement.ADMITTED);
        var _ = gone.withdraw(pods.now("llm"), T0, false);
        var _ = giveBack.once();
        PodView back = pods.now("llm");
        assertThat(back.labels()).containsEntry(Withdrawals.ROTATION, "in");
        assertThat(back.annotations()).isEmpty();
        assertThat(back.conditions()).containsEntry(Withdrawals.GATE, "True");
    }

    @Test
    void what_a_user_took_out_of_rotation_stays_out() {
        pods.add(SamplePod.named("llm")
                .label("lastcall.dev/engine", "vllm")
                .label(Withdrawals.ROTATION, "out")
                .gate(Withdrawals.GATE)
                .condition(Withdrawals.GATE, "False")
                .view());
        PodView before = pods.now("llm");
        var _ = giveBack.once();
        assertThat(pods.now("llm")).isEqualTo(before);
    }

    @Test
    void a_persons_cordon_and_an_autoscalers_stay() {
        node.writtenByOthers(Samples.node(true, List.of(), Map.of()));
        NodeView cordoned = node.read().orElseThrow();
        assertThat(node.patch(marks.cordon(cordoned, Samples.notice(NoticeKind.SPOT, T0, Duration.ofSeconds(120)))
                        .patch()))
                .isInstanceOf(PatchAnswer.Done.class);
        var _ = giveBack.once();
        assertThat(node.now().unschedulable()).as("a person's").isTrue();
        assertThat(node.now().taints()).isEmpty();

        Taint scaler = new Taint("ToBeDeletedByClusterAutoscaler", "1", "NoSchedule");
        marked(DrainPhase.DONE, List.of(scaler));
        var _ = giveBack.once();
        assertThat(node.now().unschedulable()).as("the autoscaler's by now").isTrue();
        assertThat(node.now().taints()).containsExactly(scaler);
    }

    @Test
    void nothing_is_written_where_nothing_of_ours_stands_and_nothing_twice() {
        var _ = giveBack.once();
        assertThat(node.sent()).isEmpty();
        marked(DrainPhase.DONE, List.of(FOREIGN));
        int before = node.sent().size();
        var _ = giveBack.once();
        assertThat(giveBack.once()).as("no look is due soon").isGreaterThan(Duration.ofSeconds(10));
        assertThat(node.sent()).hasSize(before + 1);
        assertThat(told).hasSize(1);
        assertThat(told.getFirst()).isInstanceOf(DrainEvent.Uncordoned.class);
    }

    @Test
    void the_mark_of_a_hint_stands_while_there_is_one_and_goes_with_the_last() {
        wanted.set(new Wanted(Marks.GIVEN_BACK, Optional.of(T0), Optional.empty(), true));
        var _ = giveBack.once();
        assertThat(node.now().annotations()).containsEntry(NodeMarks.AT_RISK, T0.toString());
        wanted.set(want(Marks.GIVEN_BACK));
        var _ = giveBack.once();
        assertThat(node.now().annotations()).doesNotContainKey(NodeMarks.AT_RISK);
    }

    @Test
    void while_a_drain_is_at_it_nobody_else_touches_a_mark() {
        marked(DrainPhase.DRAINING, List.of());
        pods.add(engine("llm"));
        var _ = serving.withdraw(pods.now("llm"), T0, false);
        wanted.set(want(Marks.LEFT_ALONE));
        int before = node.sent().size();
        var _ = giveBack.once();
        assertThat(node.sent()).hasSize(before);
        assertThat(pods.now("llm").labels()).containsEntry(Withdrawals.ROTATION, "out");
    }

    @Test
    void what_somebody_removes_from_a_node_that_goes_for_certain_is_set_again_but_not_in_a_fight() {
        marked(DrainPhase.DRAINING, List.of(FOREIGN));
        wanted.set(want(Marks.KEPT));
        NodeView all = node.now();
        for (int removal = 0; removal < 2; removal++) {
            uncordoned(all);
            var _ = giveBack.once();
            assertThat(node.now().unschedulable()).as("removal %d", removal).isEqualTo(removal == 0);
        }
        now = T0.plusSeconds(5);
        var _ = giveBack.once();
        assertThat(node.now().unschedulable()).isTrue();
        assertThat(node.now().taints()).extracting(Taint::key).containsExactly(FOREIGN.key(), NodeMarks.TAINT);
        assertThat(told).as("said once").hasSize(1);
        assertThat(told.getFirst()).isInstanceOf(DrainEvent.MarksKept.class);
    }

    private void uncordoned(NodeView all) {
        node.writtenByOthers(new NodeView(
                all.name(),
                all.uid(),
                all.resourceVersion(),
                false,
                List.of(FOREIGN),
                all.labels(),
                all.annotations(),
                all.conditions(),
                all.providerId(),
                all.bootId(),
                all.gpus()));
        assertThat(node.read()).isPresent();
    }

    @Test
    void a_node_registered_anew_gets_the_marks_of_its_drain() {
        DrainRecord record = marks.cordon(Samples.node(), Samples.notice(NoticeKind.SPOT, T0, Duration.ofSeconds(120)))
                .record()
                .with(DrainPhase.DRAINING);
        wanted.set(want(Marks.KEPT));
        GiveBack withRun =
                new GiveBack(node, pods, serving, marks, () -> now, wanted::get, () -> Optional.of(record), told::add);
        var _ = withRun.once();
        assertThat(node.sent())
                .as("the drain itself is still at its first patch")
                .isEmpty();
        node.writtenByOthers(Samples.node(
                "8",
                true,
                List.of(new Taint(NodeMarks.TAINT, "spot", "NoSchedule")),
                Map.of(),
                Map.of(NodeMarks.DRAIN, DrainRecords.write(record.toMap()))));
        assertThat(node.read()).isPresent();
        var _ = withRun.once();
        node.writtenByOthers(Samples.node());
        assertThat(node.read()).isPresent();
        var _ = withRun.once();
        assertThat(node.now().unschedulable()).isTrue();
        assertThat(marks.record(node.now())).contains(record);
    }

    @Test
    void a_detached_pod_is_not_put_back_and_goes_when_it_is_idle() {
        FakeServing side = new FakeServing().detaching();
        PodView llm =
                SamplePod.named("llm").label("lastcall.dev/engine", "vllm").view();
        pods.add(llm);
        var _ = side.withdraw(llm, T0, true);
        GiveBack survivor = new GiveBack(node, pods, side, marks, () -> now, wanted::get, Optional::empty, told::add);
        var _ = survivor.once();
        assertThat(pods.asked()).as("requests are still running").isEmpty();
        side.idle("llm");
        var _ = survivor.once();
        assertThat(pods.asked()).containsExactly("delete llm");
        assertThat(side.restored).isEmpty();
    }

    @Test
    void a_detached_pod_carries_it_over_a_restart() {
        PodView llm = SamplePod.named("llm")
                .label("lastcall.dev/engine", "vllm")
                .annotation(Withdrawals.WITHDRAWN, "label,detach")
                .view();
        assertThat(serving.restore(llm, () -> true)).isEqualTo(dev.lastcall.drain.ServingSide.Restored.DETACHED);
    }
}
