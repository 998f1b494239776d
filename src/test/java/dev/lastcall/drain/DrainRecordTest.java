package dev.lastcall.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.DrainRecord.Baseline;
import dev.lastcall.notice.Interruption;
import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.support.drain.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Guards the only memory a restarted agent has. */
class DrainRecordTest {
    private static final Instant T0 = Instant.parse("2026-11-25T10:00:00Z");

    private static DrainRecord record() {
        return DrainRecord.of(
                Samples.notice(NoticeKind.SPOT, T0, Duration.ofSeconds(120)),
                DrainPhase.CORDONED,
                true,
                true,
                "1.2.3",
                "boot-1");
    }

    @Test
    void what_is_written_is_read_back() {
        DrainRecord full = record().with(DrainPhase.WITHDRAWN).with(Map.of("uid-1", new Baseline(3, 10, 1)));
        assertThat(DrainRecord.fromMap(full.toMap())).contains(full);
    }

    @Test
    void what_went_so_far_is_read_back_and_what_is_unreadable_in_it_costs_nothing_else() {
        DrainProgress progress = new DrainProgress(
                3, 1, 2, new RequestCounts(9, 1, 7, 1, 1, 1), 4, 1, 120L, T0.plusSeconds(40), 12L, 90L);
        DrainRecord full = record().with(progress);
        assertThat(DrainRecord.fromMap(full.toMap())).contains(full);
        Map<String, Object> map = new HashMap<>(record().toMap());
        map.put("progress", Map.of("pods", 7, "lastServingGone", "yesterday", "requests", List.of()));
        assertThat(DrainRecord.fromMap(map)).contains(record());
    }

    @Test
    void a_dry_game_day_without_a_deadline_or_a_boot_id_is_read_back_too() {
        Notice day = new Notice(
                new Interruption("n-2", NoticeKind.SIMULATED, NoticeKind.SPOT, "simulate", null, true), T0, 0);
        DrainRecord record = DrainRecord.of(day, DrainPhase.CORDONED, false, false, "1", null);
        assertThat(record.toMap())
                .doesNotContainKeys("deadline", "bootId", "baselines")
                .containsEntry("dryRun", true);
        assertThat(DrainRecord.fromMap(record.toMap())).contains(record);
        assertThat(record.notice()).isEqualTo(day);
    }

    @Test
    void what_another_hand_made_unreadable_is_empty_not_an_error() {
        assertThat(DrainRecord.fromMap(Map.of())).isEmpty();
        for (String key : List.of("id", "kind", "source", "phase", "startedAt")) {
            Map<String, Object> map = new HashMap<>(record().toMap());
            map.remove(key);
            assertThat(DrainRecord.fromMap(map)).as("without " + key).isEmpty();
            map.put(key, 17);
            assertThat(DrainRecord.fromMap(map)).as("with a number as " + key).isEmpty();
        }
        Map<String, Object> map = new HashMap<>(record().toMap());
        map.put("deadline", "tomorrow");
        assertThat(DrainRecord.fromMap(map)).isEmpty();
    }

    @Test
    void an_annotation_of_a_later_version_with_more_keys_is_still_read() {
        Map<String, Object> map = new HashMap<>(record().toMap());
        map.put("somethingNew", List.of(1));
        assertThat(DrainRecord.fromMap(map)).contains(record());
    }

    @Test
    void broken_baselines_do_not_cost_the_drain() {
        Map<String, Object> map = new HashMap<>(record().toMap());
        map.put("baselines", Map.of("uid-1", List.of(1, 2), "uid-2", "x", "uid-3", List.of(4, 5L, 6.0)));
        assertThat(DrainRecord.fromMap(map).orElseThrow().baselines())
                .containsExactlyEntriesOf(Map.of("uid-3", new Baseline(4, 5, 6)));
    }

    @Test
    void a_take_over_keeps_id_start_and_whose_cordon_it_is_and_follows_kind_and_deadline() {
        Notice next = Notice.of("n-9", NoticeKind.TERMINATE, "aws-asg", T0.plusSeconds(50), T0.plusSeconds(20), 0);
        DrainRecord taken = record().with(DrainPhase.DRAINING).takenOverBy(next);
        assertThat(taken.id()).isEqualTo("n-1");
        assertThat(taken.startedAt()).isEqualTo(T0);
        assertThat(taken.cordonedByUs()).isTrue();
        assertThat(taken.phase()).isEqualTo(DrainPhase.DRAINING);
        assertThat(taken.kind()).isEqualTo(NoticeKind.TERMINATE);
        assertThat(taken.deadline()).isEqualTo(T0.plusSeconds(50));
    }
}
