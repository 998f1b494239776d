package dev.lastcall.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The page shows whatever the parts of the agent contribute, without knowing them. */
class StatusPageTest {

    @Test
    void a_running_drain_is_the_first_thing_to_see_with_its_deadline() {
        StatusPage page = StatusPage.of(
                Map.of("drain", Map.of("phase", "withdrawn", "deadline", "2026-11-25T16:42:46.172349772Z")));
        assertThat(page.banner())
                .isEqualTo(new StatusPage.Banner("busy", "Draining: withdrawn", "2026-11-25T16:42:46.172349772Z"));
    }

    @Test
    void no_drain_and_a_finished_drain_are_calm_and_a_failed_one_is_not() {
        assertThat(StatusPage.of(Map.of()).banner().tone()).isEqualTo("calm");
        assertThat(StatusPage.of(Map.of("drain", Map.of("phase", "done")))
                        .banner()
                        .tone())
                .isEqualTo("calm");
        assertThat(StatusPage.of(Map.of("drain", Map.of("phase", "failed")))
                        .banner()
                        .tone())
                .isEqualTo("bad");
    }

    @Test
    void a_record_becomes_facts_and_a_list_of_records_a_table_with_every_column_that_occurs() {
        Map<String, Object> first = new LinkedHashMap<>();
        first.put("name", "vllm-0");
        first.put("inFlight", 7);
        StatusPage page = StatusPage.of(Map.of(
                "drain",
                Map.of(
                        "requests",
                        Map.of("atNotice", 12),
                        "pods",
                        List.of(first, Map.of("name", "etl", "gone", true)))));
        StatusPage.Section drain = page.sections().getFirst();
        assertThat(drain.facts()).singleElement().satisfies(fact -> {
            assertThat(fact.label()).isEqualTo("requests · at notice");
            assertThat(fact.value().text()).isEqualTo("12");
        });
        StatusPage.Table pods = drain.tables().getFirst();
        assertThat(pods.columns())
                .containsExactly(
                        new StatusPage.Column("name", false),
                        new StatusPage.Column("in flight", true),
                        new StatusPage.Column("gone", false));
        assertThat(pods.rows().get(1).stream().map(StatusPage.Cell::text)).containsExactly("etl", "–", "yes");
    }

    @Test
    void bytes_are_shown_as_gibibytes_and_missing_values_as_a_dash_never_as_zero() {
        Map<String, Object> gpu = new LinkedHashMap<>();
        gpu.put("memoryUsedBytes", 3L << 30);
        gpu.put("powerWatts", null);
        StatusPage page = StatusPage.of(Map.of("gpus", List.of(gpu, Map.of("powerWatts", 285))));
        StatusPage.Section section = page.sections().getFirst();
        assertThat(section.title()).isEqualTo("GPUs");
        assertThat(section.tables().getFirst().rows().getFirst().stream().map(StatusPage.Cell::text))
                .containsExactly("3.0 GiB", "–");
    }

    @Test
    void what_looks_like_a_time_but_is_not_one_stays_text() {
        StatusPage page = StatusPage.of(Map.of("note", "2026-11-25Today is no instant"));
        assertThat(page.head().getFirst().value().time()).isNull();
    }

    @Test
    void slices_are_drawn_to_scale_with_who_holds_them_and_what_still_fits() {
        Map<String, Object> free = new LinkedHashMap<>(Map.of("start", 0, "size", 4));
        free.put("profile", null);
        Map<String, Object> gpu = Map.of(
                "index",
                0,
                "model",
                "A100",
                "memorySlices",
                8,
                "slices",
                List.of(
                        free,
                        Map.of("start", 4, "size", 2, "profile", "2g.10gb", "gi", 3, "holders", List.of("llm/a/vllm")),
                        Map.of("start", 6, "size", 1, "profile", "1g.5gb", "gi", 9, "holders", List.of()),
                        Map.of("start", 7, "size", 1, "profile", "1g.5gb", "gi", 8)),
                "fits",
                List.of(
                        Map.of("profile", "3g.20gb", "existing", 0, "placeable", 1, "ideal", 1),
                        Map.of("profile", "1g.10gb", "existing", 0, "placeable", 1, "ideal", 2),
                        Map.of("profile", "7g.40gb", "existing", 0, "placeable", 0, "ideal", 0)));

        StatusPage.Section section =
                StatusPage.of(Map.of("gpus", List.of(gpu))).sections().getFirst();

        SliceBar bar = section.bars().getFirst();
        assertThat(bar.title()).isEqualTo("GPU 0 · A100");
        assertThat(bar.slices()).isEqualTo(8);
        assertThat(bar.segments())
                .containsExactly(
                        new SliceBar.Segment(1, 4, "free", "free", ""),
                        new SliceBar.Segment(5, 2, "held", "2g.10gb", "llm/a/vllm"),
                        new SliceBar.Segment(7, 1, "idle", "1g.5gb", ""),
                        new SliceBar.Segment(8, 1, "unknown", "1g.5gb", ""));
        assertThat(bar.fits()).isEqualTo("still fits: 1 × 3g.20gb · 1 × 1g.10gb (2 if placed best)");
        assertThat(section.tables().getFirst().columns())
                .extracting(StatusPage.Column::name)
                .doesNotContain("slices", "fits");
    }

    @Test
    void a_gpu_that_is_not_partitioned_is_one_bar_that_is_free_or_held() {
        Map<String, Object> gpu = Map.of(
                "index",
                1,
                "memorySlices",
                1,
                "slices",
                List.of(Map.of("start", 0, "size", 1, "holders", List.of("llm/b/vllm"))));

        StatusPage.Section section =
                StatusPage.of(Map.of("gpus", List.of(gpu))).sections().getFirst();

        assertThat(section.bars().getFirst().segments())
                .containsExactly(new SliceBar.Segment(1, 1, "held", "whole GPU", "llm/b/vllm"));
    }
}
