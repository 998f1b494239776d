package dev.lastcall.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.notice.NoticeKind;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** Guards the shape that webhooks and dashboards read. */
class DrainReportTest {
    private static final Instant T0 = Instant.parse("2026-11-25T10:00:00Z");

    private static DrainScore score() {
        return DrainScore.of(
                List.of(
                        new DrainScore.Reading(
                                new PodRef("llm", "chat-0", "u-0"),
                                8L,
                                Duration.ofSeconds(40),
                                T0.plusSeconds(27),
                                _ -> OptionalDouble.of(0.75)),
                        new DrainScore.Reading(
                                new PodRef("llm", "chat-1", "u-1"),
                                null,
                                null,
                                T0.plusSeconds(27),
                                _ -> OptionalDouble.empty())),
                T0);
    }

    private static DrainReport report(RequestCounts requests, boolean dryRun) {
        return new DrainReport(
                "n-1",
                NoticeKind.NODE_MARK,
                T0,
                T0.plusSeconds(120),
                12L,
                80L,
                new DrainReport.Pods(3, 1, 2, 0, 7),
                requests,
                1,
                40L,
                60_000L,
                "done",
                dryRun,
                dryRun ? score() : null,
                List.of("a line"));
    }

    @Test
    void it_has_exactly_the_published_keys_in_their_order() {
        Map<String, Object> map =
                report(new RequestCounts(5, 2, 4, 1, 1, 1), false).toMap();
        assertThat(map.keySet())
                .containsExactly(
                        "id",
                        "kind",
                        "noticedAt",
                        "deadline",
                        "cordonedAfterMs",
                        "withdrawnAfterMs",
                        "pods",
                        "requests",
                        "unusedNoticeMs",
                        "outcome",
                        "findings");
        assertThat(map)
                .containsEntry("kind", "node-mark")
                .containsEntry("noticedAt", "2026-11-25T10:00:00Z")
                .containsEntry("pods", Map.of("evicted", 3, "forced", 1, "gone", 2, "failed", 0, "skipped", 7))
                .containsEntry("findings", List.of("a line"));
        assertThat(map.get("requests"))
                .isEqualTo(Map.of(
                        "atNotice", 5L,
                        "admittedAfter", 2L,
                        "finished", 4L,
                        "lost", 2L,
                        "unknown", 1L,
                        "lastReadingAgeMs", 40L,
                        "unreadPods", 1));
    }

    @Test
    void a_dry_run_says_so_and_has_a_score_beside_the_counts() {
        Map<String, Object> map = report(RequestCounts.NONE, true).toMap();
        assertThat(map).containsEntry("dryRun", true);
        Map<String, Object> unread = new LinkedHashMap<>();
        unread.put("pod", "llm/chat-1");
        unread.put("inFlight", null);
        unread.put("requestTimeMs", null);
        unread.put("worksUntil", "2026-11-25T10:00:27Z");
        unread.put("finished", 0L);
        unread.put("cut", 0L);
        unread.put("unknown", 0L);
        assertThat(map.get("score"))
                .isEqualTo(Map.of(
                        "inFlight",
                        8L,
                        "finished",
                        6L,
                        "cut",
                        2L,
                        "unknown",
                        0L,
                        "unreadPods",
                        1,
                        "pods",
                        List.of(
                                Map.of(
                                        "pod",
                                        "llm/chat-0",
                                        "inFlight",
                                        8L,
                                        "requestTimeMs",
                                        40_000L,
                                        "worksUntil",
                                        "2026-11-25T10:00:27Z",
                                        "finished",
                                        6L,
                                        "cut",
                                        2L,
                                        "unknown",
                                        0L),
                                unread)));
        assertThat(score().sentence())
                .isEqualTo(
                        "8 requests in flight: 6 would end in time, 2 would be cut; 1 serving pods could not be read");
    }

    @Test
    void counts_add_up_term_by_term() {
        RequestCounts one = new RequestCounts(1, 2, 3, 4, 5, 6);
        assertThat(one.plus(one)).isEqualTo(new RequestCounts(2, 4, 6, 8, 10, 12));
        assertThat(one.lost()).isEqualTo(9);
        assertThat(RequestCounts.NONE.plus(one)).isEqualTo(one);
    }
}
