package dev.lastcall.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.support.drain.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A person on call reads one sentence: what is so, why, and what comes next. */
class DrainStoryTest {
    private static final Instant NOW = Instant.parse("2026-11-26T12:03:31.250Z");
    private static final Notice NOTICE = Samples.notice(NoticeKind.SPOT, NOW, Duration.ofSeconds(60));
    private static final PodRef POD = new PodRef("llm", "chat-1", "uid-1");

    @Test
    void a_refused_eviction_says_who_refuses_and_at_what_time_the_pod_is_deleted() {
        Refuser budget = new Refuser.Budget("chat");
        String reason = "The disruption budget chat needs 1 healthy pods and has 1 currently";
        assertThat(text(new DrainEvent.Blocked(POD, budget, reason, true, NOW.plusSeconds(50))))
                .isEqualTo(
                        "eviction refused by PodDisruptionBudget chat: " + reason
                                + ". Retrying until 2026-11-26T12:04:21Z; after that Lastcall deletes the pod (lastcall.drain.force)");
        assertThat(text(new DrainEvent.Blocked(POD, budget, reason, true, null)))
                .endsWith("Retrying until the drain ends; Lastcall does not delete the pod (lastcall.drain.force)");
    }

    @Test
    void a_pod_that_no_router_can_lose_is_never_called_out_of_rotation() {
        String alone = text(new DrainEvent.Withdrawn(POD, "vllm", withdrawal(List.of("annotation"), false)));
        assertThat(alone)
                .startsWith("not taken out of rotation: ")
                .contains("lastcall.dev/rotation", "lastcall.dev/in-rotation", "new requests can still reach it")
                .endsWith("(set: annotation)");
        assertThat(text(new DrainEvent.Withdrawn(POD, "vllm", withdrawal(List.of("label"), true))))
                .isEqualTo("taken out of rotation by label");
    }

    @Test
    void a_cancelled_notice_and_the_marks_it_leaves_are_told_apart() {
        assertThat(text(new DrainEvent.Cancelled(NOTICE, "the source no longer names it")))
                .isEqualTo("spot notice from aws-spot was cancelled: the source no longer names it."
                        + " Lastcall removes its marks from the Node and restores the pods");
        assertThat(text(new DrainEvent.Uncordoned(NOTICE, List.of("taint", "cordon"))))
                .isEqualTo("removed from the Node: taint, cordon");
    }

    @Test
    void a_pod_that_stays_in_rotation_says_why_and_until_when() {
        assertThat(text(new DrainEvent.Kept(POD, "vllm", "no other pod of Service chat is Ready", NOW.plusSeconds(30))))
                .isEqualTo("stays in rotation for now, because no other pod of Service chat is Ready. Lastcall takes it"
                        + " out of rotation when a replacement is Ready, at the latest at 2026-11-26T12:04:01Z");
    }

    private static ServingSide.Withdrawal withdrawal(List<String> strategies, boolean visibleToRouters) {
        return new ServingSide.Withdrawal(strategies, visibleToRouters, null, null);
    }

    private static String text(DrainEvent event) {
        return DrainStory.of(event).orElseThrow().text();
    }
}
