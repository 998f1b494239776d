package dev.lastcall.drain.run;

import static dev.lastcall.support.drain.DrainWalk.engine;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainReport;
import dev.lastcall.drain.NodeMarks;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.RequestCounts;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.support.drain.DrainWalk;
import dev.lastcall.support.drain.SamplePod;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The cordon comes first, and the pods do not wait for it. */
class CordonBesideTest {
    private final DrainWalk walk = new DrainWalk();

    private static PatchAnswer answer(int status) {
        return switch (status) {
            case 403, 422 -> new PatchAnswer.Refused(status, "not now");
            case 404 -> new PatchAnswer.Missing();
            case 409 -> new PatchAnswer.Conflict();
            default -> new PatchAnswer.Failed(status, "not now");
        };
    }

    private void refuse(int status, int times) {
        for (int i = 0; i < times; i++) {
            walk.node.answer(answer(status));
        }
    }

    @Test
    void a_cordon_that_succeeds_comes_before_anything_is_asked_of_a_pod() {
        walk.pods.add(SamplePod.named("web").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(60));
        walk.walk();
        assertThat(walk.told()).containsSubsequence("Noticed", "Cordoned", "Evicted", "Completed");
    }

    @Test
    void the_notice_is_told_when_the_cordon_has_its_answer_so_that_no_event_takes_its_connection() {
        List<List<String>> toldBefore = new ArrayList<>();
        walk.node.slow(() -> toldBefore.add(List.copyOf(walk.told())));
        walk.begin(NoticeKind.SPOT, ofSeconds(60));
        walk.walk();
        assertThat(toldBefore.getFirst()).isEmpty();
        assertThat(walk.told()).startsWith("Noticed").contains("Cordoned");
        assertThat(walk.told(DrainEvent.Noticed.class)).hasSize(1);
    }

    @Test
    void a_cordon_that_has_no_answer_keeps_the_notice_from_being_told_for_a_second_at_most() {
        walk.node.slow(() -> walk.time.await(() -> false, walk.time.now().plusSeconds(5)));
        walk.begin(NoticeKind.SPOT, ofSeconds(60));
        walk.atSecond(0.9, () -> assertThat(walk.told()).isEmpty());
        walk.atSecond(1.1, () -> assertThat(walk.told()).startsWith("Noticed"));
        walk.walk();
        assertThat(walk.told(DrainEvent.Noticed.class)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 403, 404, 409, 422, 429, 500, 503})
    void whatever_the_node_patch_is_answered_pods_are_taken_up_one_second_after_its_first_try(int status) {
        walk.pods.add(engine("llm").view()).add(SamplePod.named("web").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(60));
        refuse(status, 100_000);
        walk.atSecond(0.9, () -> assertThat(walk.pods.asked()).isEmpty());
        walk.atSecond(1.3, () -> {
            assertThat(walk.serving.withdrawn).containsExactly("llm");
            assertThat(walk.pods.asked()).containsExactly("evict web");
        });
        walk.atSecond(30, () -> walk.serving.idle("llm"));
        DrainReport report = walk.walk();
        assertThat(report.outcome())
                .as("a node that took pods until the end was not drained")
                .isEqualTo("failed");
        assertThat(report.cordonedAfterMs()).isNull();
        assertThat(report.requests()).isEqualTo(new RequestCounts(2, 0, 2, 0, 0, 0));
        assertThat(report.findings()).anyMatch(line -> line.startsWith("the node was never cordoned"));
        assertThat(walk.told()).doesNotContain("Cordoned");
        assertThat(walk.node.sent().size())
                .as("with back-off: about one a second at last")
                .isBetween(40, 200);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 403, 422, 503})
    void a_refusal_that_passes_is_followed_by_the_cordon_and_the_report_says_how_late_it_was(int status) {
        walk.pods.add(engine("llm").view());
        DrainRun run = walk.begin(NoticeKind.SPOT, ofSeconds(60));
        refuse(status, 12);
        walk.atSecond(30, () -> {
            assertThat(walk.node.now().unschedulable()).isTrue();
            assertThat(walk.node.now().annotations().get(NodeMarks.DRAIN)).contains("phase=draining");
            walk.serving.idle("llm");
        });
        DrainReport report = walk.walk();
        assertThat(report.outcome()).isEqualTo("done");
        assertThat(run.record().cordonedByUs()).isTrue();
        assertThat(walk.told(DrainEvent.CordonFailed.class))
                .as("one line for one trouble")
                .hasSize(1);
        assertThat(walk.told(DrainEvent.Cordoned.class)).hasSize(1);
        assertThat(report.findings()).anyMatch(line -> line.startsWith("the node was cordoned only"));
    }

    @Test
    void a_patch_that_hangs_keeps_no_pod_waiting() {
        DrainWalk hanging = new DrainWalk();
        hanging.node.slow(
                () -> hanging.time.await(() -> false, hanging.time.now().plusSeconds(5)));
        hanging.pods.add(engine("llm").view());
        hanging.begin(NoticeKind.SPOT, ofSeconds(60));
        hanging.atSecond(1.1, () -> assertThat(hanging.serving.withdrawn).containsExactly("llm"));
        hanging.atSecond(20, () -> hanging.serving.idle("llm"));
        assertThat(hanging.walk().outcome()).isEqualTo("done");
    }

    @Test
    void a_later_phase_that_is_refused_is_tried_until_it_stands() {
        walk.pods.add(engine("llm").view());
        walk.begin(NoticeKind.SPOT, ofSeconds(60));
        walk.atSecond(0.02, () -> refuse(403, 8));
        walk.atSecond(30, () -> {
            assertThat(walk.node.now().annotations().get(NodeMarks.DRAIN)).contains("phase=draining");
            walk.serving.idle("llm");
        });
        walk.walk();
    }

    @Test
    void a_node_that_was_never_cordoned_goes_on_being_drained_of_what_is_bound_to_it() {
        walk.begin(NoticeKind.SPOT, ofSeconds(60));
        refuse(500, 100_000);
        walk.atSecond(40, () -> walk.pods.add(SamplePod.named("bound-late").view()));
        walk.walk();
        assertThat(walk.pods.asked()).containsExactly("evict bound-late");
    }
}
