package dev.lastcall.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.notice.NoticeKind;
import dev.lastcall.support.drain.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Guards against two patches where one was promised, against losing foreign taints, and against undoing a person. */
class NodeMarksTest {
    private static final Instant T0 = Instant.parse("2026-11-25T10:00:00Z");
    private static final Taint FOREIGN = new Taint("nvidia.com/gpu", "present", "NoSchedule");
    private static final Taint OURS = new Taint("lastcall.dev/interruption", "spot", "NoSchedule");
    private static final Taint CA = new Taint("ToBeDeletedByClusterAutoscaler", "1", "NoSchedule");

    private final NodeMarks marks = Samples.marks(Samples.settings());
    private final dev.lastcall.notice.Notice spot = Samples.notice(NoticeKind.SPOT, T0, Duration.ofSeconds(120));

    @Test
    void one_patch_carries_cordon_taint_label_and_annotation_and_nothing_else() {
        NodeMarks.Marked marked = marks.cordon(Samples.node(false, List.of(FOREIGN), Map.of()), spot);
        NodePatch patch = marked.patch();
        assertThat(patch.resourceVersion()).isEqualTo("7");
        assertThat(patch.unschedulable()).isTrue();
        assertThat(patch.taints()).containsExactly(FOREIGN, OURS);
        assertThat(patch.labels())
                .containsExactlyEntriesOf(
                        Map.of("node.kubernetes.io/exclude-from-external-load-balancers", Optional.of("lastcall")));
        assertThat(patch.annotations()).containsOnlyKeys("lastcall.dev/drain");
        assertThat(marked.record().phase()).isEqualTo(DrainPhase.CORDONED);
        assertThat(marked.record().cordonedByUs()).isTrue();
        assertThat(marked.record().labelledByUs()).isTrue();
        assertThat(marked.record().toMap())
                .containsOnlyKeys(
                        "id",
                        "kind",
                        "source",
                        "deadline",
                        "phase",
                        "startedAt",
                        "cordonedByUs",
                        "labelledByUs",
                        "agentVersion",
                        "bootId");
    }

    @Test
    void a_cordon_and_a_label_that_stood_before_are_not_ours() {
        NodeMarks.Marked marked =
                marks.cordon(Samples.node(true, List.of(), Map.of(NodeMarks.LB_LABEL, "somebody")), spot);
        assertThat(marked.record().cordonedByUs()).isFalse();
        assertThat(marked.record().labelledByUs()).isFalse();
        assertThat(marked.patch().labels()).isEmpty();

        NodePatch release = givenBack(marked.record(), List.of(FOREIGN, OURS), Map.of(NodeMarks.LB_LABEL, "somebody"));
        assertThat(release.unschedulable()).isNull();
        assertThat(release.labels()).isEmpty();
        assertThat(release.taints()).containsExactly(FOREIGN);
    }

    @Test
    void what_an_earlier_drain_of_ours_left_standing_is_still_ours() {
        DrainRecord earlier = marks.cordon(Samples.node(), spot).record().with(DrainPhase.DONE);
        NodeView left = left(List.of(OURS, FOREIGN));
        DrainRecord next = Samples.marks(Samples.settings(), Optional.of(earlier))
                .cordon(left, spot)
                .record();
        assertThat(next.cordonedByUs()).isTrue();
        assertThat(next.labelledByUs()).isTrue();
    }

    @Test
    void a_cordon_of_a_node_that_we_gave_back_is_a_persons() {
        DrainRecord earlier = marks.cordon(Samples.node(), spot).record().with(DrainPhase.DONE);
        DrainRecord next = Samples.marks(Samples.settings(), Optional.of(earlier))
                .cordon(left(List.of(FOREIGN)), spot)
                .record();
        assertThat(next.cordonedByUs()).isFalse();
        assertThat(next.labelledByUs()).isFalse();
    }

    private static NodePatch givenBack(DrainRecord record, List<Taint> taints, Map<String, String> labels) {
        return Samples.marks(Samples.settings(), Optional.of(record))
                .giveBack(
                        Samples.node("9", true, taints, labels, Map.of(NodeMarks.DRAIN, "the record")),
                        Optional.empty());
    }

    @Test
    void a_cordon_that_a_person_set_after_the_node_was_given_back_is_not_taken_for_ours() {
        DrainRecord record = marks.cordon(Samples.node(), spot).record();
        for (DrainRecord known : List.of(
                record.with(DrainPhase.CANCELLED), // as an older version left it
                record.with(DrainPhase.DONE), // the same, after a reboot
                record.with(DrainPhase.CANCELLED).givenBack(),
                record.with(DrainPhase.DONE).givenBack())) {
            NodeView cordonedSince =
                    Samples.node("9", true, List.of(FOREIGN), Map.of(), Map.of(NodeMarks.DRAIN, "the record"));
            assertThat(Samples.marks(Samples.settings(), Optional.of(known)).stand(cordonedSince))
                    .as("%s", known)
                    .isFalse();
        }
    }

    @Test
    void a_record_that_nobody_ended_and_each_single_mark_of_ours_is_something_to_give_back() {
        DrainRecord record = marks.cordon(Samples.node(), spot).record();
        NodeMarks knowing = Samples.marks(Samples.settings(), Optional.of(record));
        Map<String, String> annotated = Map.of(NodeMarks.DRAIN, "the record");
        assertThat(knowing.stand(Samples.node("9", false, List.of(), Map.of(), annotated)))
                .isTrue();
        assertThat(marks.stand(Samples.node(false, List.of(OURS), Map.of())))
                .as("a taint alone")
                .isTrue();
        assertThat(marks.stand(Samples.node(true, List.of(FOREIGN), Map.of())))
                .as("nothing of ours")
                .isFalse();
        NodeMarks done = Samples.marks(Samples.settings(), Optional.of(record.with(DrainPhase.DONE)));
        NodePatch release =
                done.giveBack(Samples.node("9", true, List.of(OURS), Map.of(), annotated), Optional.empty());
        assertThat(release.unschedulable())
                .as("the cordon of a drain that is done and was never given back")
                .isFalse();
    }

    private static NodeView left(List<Taint> taints) {
        return Samples.node(
                "9",
                true,
                taints,
                Map.of(NodeMarks.LB_LABEL, "lastcall"),
                Map.of(NodeMarks.DRAIN, "the earlier record"));
    }

    @Test
    void what_was_ours_is_given_back_in_one_patch_and_the_record_says_that_nothing_is_ours_any_more() {
        DrainRecord record = marks.cordon(Samples.node(), spot).record();
        NodePatch release = givenBack(record, List.of(OURS, FOREIGN), Map.of(NodeMarks.LB_LABEL, "lastcall"));
        assertThat(release.unschedulable()).isFalse();
        assertThat(release.taints()).containsExactly(FOREIGN);
        assertThat(release.labels()).containsExactlyEntriesOf(Map.of(NodeMarks.LB_LABEL, Optional.empty()));
        assertThat(release.annotations().getOrDefault(NodeMarks.DRAIN, Optional.empty()))
                .hasValueSatisfying(text ->
                        assertThat(text).contains("phase=cancelled", "cordonedByUs=false", "labelledByUs=false"));
    }

    @Test
    void a_label_that_somebody_changed_meanwhile_is_theirs() {
        DrainRecord record = marks.cordon(Samples.node(), spot).record();
        NodePatch release = givenBack(record, List.of(), Map.of(NodeMarks.LB_LABEL, "theirs"));
        assertThat(release.labels()).isEmpty();
    }

    @Test
    void a_node_that_an_autoscaler_is_deleting_is_never_uncordoned() {
        DrainRecord record = marks.cordon(Samples.node(), spot).record();
        NodePatch release = givenBack(record, List.of(CA, OURS), Map.of());
        assertThat(release.unschedulable()).isNull();
        assertThat(release.taints()).containsExactly(CA);
    }

    @Test
    void the_autoscalers_taint_is_set_only_where_configured_and_always_taken_back() {
        NodeMarks configured =
                Samples.marks(Samples.settings(Duration.ofSeconds(3), ForcePolicy.SPOT, true, true, true, false));
        List<Taint> taints = taints(configured.cordon(Samples.node(), spot).patch());
        Taint autoscaler = new Taint("status-taint.cluster-autoscaler.kubernetes.io/lastcall", "spot", "NoSchedule");
        assertThat(taints).containsExactly(OURS, autoscaler);
        DrainRecord record = configured.cordon(Samples.node(), spot).record();
        assertThat(taints(givenBack(record, taints, Map.of()))).isEmpty();
    }

    @Test
    void with_taint_and_label_switched_off_only_cordon_and_annotation_remain() {
        NodeMarks bare =
                Samples.marks(Samples.settings(Duration.ofSeconds(3), ForcePolicy.SPOT, false, false, false, false));
        NodeMarks.Marked marked = bare.cordon(Samples.node(false, List.of(FOREIGN), Map.of()), spot);
        assertThat(marked.patch().unschedulable()).isTrue();
        assertThat(marked.patch().taints()).containsExactly(FOREIGN);
        assertThat(marked.patch().labels()).isEmpty();
        assertThat(marked.record().labelledByUs()).isFalse();
    }

    @Test
    void after_a_take_over_the_taint_follows_and_stands_once() {
        DrainRecord record = marks.cordon(Samples.node(), spot).record();
        DrainRecord taken =
                record.takenOverBy(Samples.notice(NoticeKind.TERMINATE, T0.plusSeconds(5), Duration.ofSeconds(60)));
        NodePatch patch = marks.marks(Samples.node(true, List.of(OURS, FOREIGN), Map.of()), taken);
        assertThat(patch.taints()).containsExactly(FOREIGN, new Taint(NodeMarks.TAINT, "terminate", "NoSchedule"));
    }

    @Test
    void the_taint_never_evicts_by_itself() {
        for (NoticeKind kind : NoticeKind.values()) {
            assertThat(taints(marks.cordon(Samples.node(), Samples.notice(kind, T0, null))
                            .patch()))
                    .allMatch(taint -> taint.effect().equals("NoSchedule"));
        }
    }

    @Test
    void a_phase_patch_touches_the_annotation_only() {
        NodePatch patch =
                marks.phase(Samples.node(), marks.cordon(Samples.node(), spot).record());
        assertThat(patch.unschedulable()).isNull();
        assertThat(patch.taints()).isNull();
        assertThat(patch.labels()).isEmpty();
        assertThat(patch.annotations()).containsOnlyKeys(NodeMarks.DRAIN);
    }

    @Test
    void the_at_risk_mark_is_a_time_and_goes_away_again() {
        assertThat(marks.atRisk(Samples.node(), Optional.of(T0)).annotations())
                .containsEntry("lastcall.dev/at-risk", Optional.of("2026-11-25T10:00:00Z"));
        assertThat(marks.atRisk(Samples.node(), Optional.empty()).annotations())
                .containsEntry("lastcall.dev/at-risk", Optional.empty());
    }

    private static List<Taint> taints(NodePatch patch) {
        return java.util.Objects.requireNonNull(patch.taints());
    }
}
