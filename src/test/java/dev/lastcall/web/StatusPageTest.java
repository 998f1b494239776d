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
}
