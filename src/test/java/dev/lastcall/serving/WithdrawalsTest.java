package dev.lastcall.serving;

import static dev.lastcall.serving.Withdrawals.Strategy.ANNOTATION;
import static dev.lastcall.serving.Withdrawals.Strategy.AUTO;
import static dev.lastcall.serving.Withdrawals.Strategy.DETACH;
import static dev.lastcall.serving.Withdrawals.Strategy.GATE;
import static dev.lastcall.serving.Withdrawals.Strategy.LABEL;
import static dev.lastcall.serving.Withdrawals.Strategy.NONE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.PodView;
import dev.lastcall.serving.Withdrawals.Plan;
import dev.lastcall.support.drain.SamplePod;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Guards against a pod that keeps its traffic, and against undoing what a user wrote. */
class WithdrawalsTest {
    private static final Instant D = Instant.parse("2026-11-25T10:02:00Z");

    private static SamplePod pod() {
        return SamplePod.named("llm");
    }

    private static SamplePod routed() {
        return pod().label(Withdrawals.ROTATION, "in").gate(Withdrawals.GATE);
    }

    private static Plan plan(SamplePod pod, Withdrawals.Strategy... chosen) {
        return Withdrawals.plan(pod.view(), EnumSet.copyOf(Set.of(chosen)), D, true);
    }

    @Test
    void auto_uses_what_the_pod_carries_and_always_the_annotation() {
        Plan all = plan(routed(), AUTO);
        assertThat(all.strategies()).containsExactly("label", "gate", "annotation");
        assertThat(all.labels()).containsEntry(Withdrawals.ROTATION, Optional.of("out"));
        assertThat(all.gate()).isTrue();
        assertThat(all.annotations())
                .containsEntry(Withdrawals.AIBRIX, Optional.of("true"))
                .containsEntry(Withdrawals.DEADLINE, Optional.of("2026-11-25T10:02:00Z"));
        assertThat(all.visibleToRouters()).isTrue();

        Plan plain = plan(pod(), AUTO);
        assertThat(plain.strategies()).containsExactly("annotation");
        assertThat(plain.labels()).isEmpty();
        assertThat(plain.gate()).isFalse();
    }

    @Test
    void the_annotation_alone_proves_nothing_unless_somebody_chose_it() {
        assertThat(plan(pod(), AUTO).visibleToRouters()).isFalse();
        assertThat(plan(pod(), ANNOTATION).visibleToRouters()).isTrue();
    }

    @Test
    void a_named_strategy_stands_alone_and_needs_its_mark_on_the_pod() {
        assertThat(plan(routed(), LABEL).strategies()).containsExactly("label");
        assertThat(plan(routed(), GATE).strategies()).containsExactly("gate");
        assertThat(plan(routed(), LABEL, GATE).strategies()).containsExactly("label", "gate");
        assertThat(plan(pod(), LABEL, GATE).strategies()).isEmpty();
        assertThat(plan(routed(), NONE).strategies()).isEmpty();
        assertThat(plan(routed(), NONE).visibleToRouters()).isFalse();
    }

    @Test
    void detach_is_for_pods_of_a_replica_set_and_a_certain_notice_only() {
        SamplePod replica = pod().label(Withdrawals.REPLICA_LABEL, "abc");
        assertThat(plan(replica, DETACH).labels()).containsEntry(Withdrawals.REPLICA_LABEL, Optional.empty());
        assertThat(Withdrawals.plan(replica.view(), Set.of(DETACH), D, false).strategies())
                .isEmpty();
        assertThat(plan(replica.ownedBy("StatefulSet"), DETACH).strategies()).isEmpty();
        assertThat(plan(replica.bare(), DETACH).strategies()).isEmpty();
        assertThat(plan(pod(), DETACH).strategies())
                .as("without the label there is nothing to detach by")
                .isEmpty();
    }

    @Test
    void detach_alone_routes_nobody_away() {
        assertThat(plan(pod().label(Withdrawals.REPLICA_LABEL, "abc"), DETACH, AUTO)
                        .visibleToRouters())
                .isFalse();
    }

    private static PodView after(SamplePod pod, Plan plan) {
        plan.labels().forEach((key, value) -> value.ifPresent(text -> pod.label(key, text)));
        plan.annotations().forEach((key, value) -> value.ifPresent(text -> pod.annotation(key, text)));
        return pod.view();
    }

    @Test
    void a_withdrawal_is_undone_whole_even_for_a_notice_without_a_deadline() {
        SamplePod pod = routed();
        Plan plan = Withdrawals.plan(pod.view(), Set.of(AUTO), null, false);
        Plan undo = Withdrawals.undo(after(pod, plan), null);
        assertThat(undo.labels()).containsExactlyEntriesOf(java.util.Map.of(Withdrawals.ROTATION, Optional.of("in")));
        assertThat(undo.annotations())
                .containsEntry(Withdrawals.AIBRIX, Optional.empty())
                .containsEntry(Withdrawals.WITHDRAWN, Optional.empty());
        assertThat(undo.gate()).isTrue();
    }

    @Test
    void what_a_person_had_taken_out_before_stays_out() {
        SamplePod pod = pod().label(Withdrawals.ROTATION, "out").annotation(Withdrawals.AIBRIX, "true");
        Plan undo = Withdrawals.undo(after(pod, plan(pod, AUTO)), null);
        assertThat(undo.labels()).isEmpty();
        assertThat(undo.annotations()).doesNotContainKey(Withdrawals.AIBRIX);
        assertThat(undo.annotations()).containsEntry(Withdrawals.DEADLINE, Optional.empty());
    }

    @Test
    void withdrawing_twice_does_not_forget_what_the_first_time_changed() {
        SamplePod pod = routed();
        after(pod, plan(pod, AUTO));
        Plan undo = Withdrawals.undo(after(pod, plan(pod, AUTO)), null);
        assertThat(undo.labels()).containsEntry(Withdrawals.ROTATION, Optional.of("in"));
        assertThat(undo.gate()).isTrue();
    }

    @Test
    void what_this_agent_wrote_is_undone_before_the_watch_shows_it() {
        Plan undo = Withdrawals.undo(routed().view(), "label,gate,annotation");
        assertThat(undo.labels()).containsEntry(Withdrawals.ROTATION, Optional.of("in"));
        assertThat(undo.annotations()).containsKeys(Withdrawals.AIBRIX, Withdrawals.WITHDRAWN);
        assertThat(undo.gate()).isTrue();
    }

    @Test
    void a_pod_that_was_never_withdrawn_is_left_alone() {
        Plan undo = Withdrawals.undo(routed().view(), null);
        assertThat(undo.labels()).isEmpty();
        assertThat(undo.annotations()).isEmpty();
        assertThat(undo.gate()).isFalse();
    }
}
