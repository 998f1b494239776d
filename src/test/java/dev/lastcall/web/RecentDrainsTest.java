package dev.lastcall.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RecentDrainsTest {

    private final RecentDrains recent = new RecentDrains();

    @Test
    void ten_are_kept_newest_first() {
        for (int i = 1; i <= 12; i++) {
            recent.add(report("drain-" + i));
        }
        List<Map<String, Object>> kept = recent.with(Optional.of(report("of an earlier process")));
        assertThat(kept).hasSize(10);
        assertThat(kept.getFirst()).containsEntry("id", "drain-12");
        assertThat(kept.getLast()).containsEntry("id", "drain-3");
    }

    @Test
    void the_report_on_the_node_comes_last_and_is_not_listed_twice() {
        assertThat(recent.with(Optional.of(report("old")))).containsExactly(report("old"));
        recent.add(report("new"));
        assertThat(recent.with(Optional.of(report("old")))).containsExactly(report("new"), report("old"));
        assertThat(recent.with(Optional.of(report("new")))).containsExactly(report("new"));
    }

    private static Map<String, Object> report(String id) {
        return Map.of("id", id, "noticedAt", "2026-11-29T03:04:05Z");
    }
}
