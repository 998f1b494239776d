package dev.lastcall.notice.nodemark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.notice.Due;
import dev.lastcall.notice.NodeSigns;
import dev.lastcall.notice.NodeSigns.Condition;
import dev.lastcall.notice.NodeSigns.Taint;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.notice.Observation;
import dev.lastcall.notice.Observation.Failed;
import dev.lastcall.notice.Observation.Nothing;
import dev.lastcall.notice.Observation.Seen;
import dev.lastcall.notice.Sighting;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodeMarkSourceTest {

    private static final NodeSigns MARKED = new NodeSigns(
            Map.of("cloud.google.com/active-node-maintenance", "ONGOING"),
            Map.of("example.com/going", ""),
            List.of(new Taint("cloud.google.com/impending-node-termination", "", "NoSchedule")),
            List.of(new Condition("PreemptScheduled", "True"), new Condition("Ready", "False")));

    private static final NodeSigns PLAIN = new NodeSigns(Map.of(), Map.of(), List.of(), List.of());

    private static Observation observe(String mark, NodeSigns signs) {
        return new NodeMarkSource(List.of(NodeMark.parse(mark).orElseThrow())).observe(signs, 5);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "taint:cloud.google.com/impending-node-termination",
                "condition:PreemptScheduled",
                "label:cloud.google.com/active-node-maintenance=ONGOING",
                "annotation:example.com/going"
            })
    void a_mark_is_seen_where_it_stands_and_only_there(String mark) {
        assertThat(observe(mark, MARKED)).isInstanceOf(Seen.class);
        assertThat(observe(mark, PLAIN)).isInstanceOf(Nothing.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "taint:cloud.google.com/impending",
                "condition:Ready",
                "label:cloud.google.com/active-node-maintenance=PENDING",
                "annotation:example.com"
            })
    void what_only_resembles_a_mark_is_none(String mark) {
        assertThat(observe(mark, MARKED)).isInstanceOf(Nothing.class);
    }

    @Test
    void a_window_makes_a_deadline_and_no_window_makes_none() {
        Seen with = (Seen) observe("condition:PreemptScheduled@30s", MARKED);
        Seen without = (Seen) observe("condition:PreemptScheduled", MARKED);
        assertThat(with.sightings().getFirst().due()).isEqualTo(new Due.Within(Duration.ofSeconds(30)));
        assertThat(without.sightings().getFirst().due()).isEqualTo(new Due.Unknown());
        assertThat(with.sightings().getFirst().kind()).isEqualTo(NoticeKind.NODE_MARK);
    }

    @ParameterizedTest
    @CsvSource({"45, 45", "30s, 30", "2m, 120", "1m30s, 90", "PT2M, 120", "1h, 3600"})
    void windows_are_written_as_durations_are_in_the_configuration(String text, long seconds) {
        assertThat(NodeMark.parse("taint:a@" + text).orElseThrow().window()).isEqualTo(Duration.ofSeconds(seconds));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "taint",
                "taint:",
                "pod:a",
                "label:a",
                "label:=b",
                "taint:a@soon",
                "taint:a@-1s",
                "taint:a@0s",
                "taint:a=b",
                "condition:a=Maybe",
                "condition:a="
            })
    void another_form_is_no_mark(String text) {
        assertThat(NodeMark.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "condition:Ready=False, True, false",
        "condition:Ready=False, False, true",
        "condition:Ready=False, Unknown, false",
        "condition:Ready=Unknown@5m, Unknown, true",
        "condition:Ready=Unknown@5m, False, false",
        "condition:Leaving, True, true",
        "condition:Leaving=True, True, true",
        "condition:Leaving, False, false",
        "condition:Leaving, Unknown, false"
    })
    void a_condition_counts_while_it_has_exactly_the_wanted_status(String mark, String status, boolean counts) {
        String type = NodeMark.parse(mark).orElseThrow().key();
        NodeSigns signs = new NodeSigns(Map.of(), Map.of(), List.of(), List.of(new Condition(type, status)));

        assertThat(observe(mark, signs) instanceof Seen).isEqualTo(counts);
    }

    @Test
    void the_two_ways_to_write_a_true_condition_are_one_mark_and_two_statuses_are_two() {
        assertThat(NodeMark.parse("condition:Leaving=True")).isEqualTo(NodeMark.parse("condition:Leaving"));
        NodeSigns away = new NodeSigns(Map.of(), Map.of(), List.of(), List.of(new Condition("Ready", "Unknown")));
        NodeSigns bad = new NodeSigns(Map.of(), Map.of(), List.of(), List.of(new Condition("Ready", "False")));
        assertThat(((Seen) observe("condition:Ready=Unknown", away))
                        .sightings()
                        .getFirst()
                        .id())
                .isNotEqualTo(((Seen) observe("condition:Ready=False", bad))
                        .sightings()
                        .getFirst()
                        .id());
    }

    private static Observation simulate(String value) {
        return new SimulateSource()
                .observe(new NodeSigns(Map.of(), Map.of(SimulateSource.ANNOTATION, value), List.of(), List.of()), 5);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "spot,120s | SPOT | 120 | false",
                "spot,120s-dry | SPOT | 120 | true",
                "preempt, 30s | PREEMPT | 30 | false",
                "node-mark,1m | NODE_MARK | 60 | false",
                "hibernate,120s | HIBERNATE | 0 | false"
            })
    void a_game_day_is_simulated_and_behaves_as_the_kind_it_names(
            String value, NoticeKind kind, long seconds, boolean dry) {
        Sighting seen = ((Seen) simulate(value)).sightings().getFirst();
        assertThat(seen.kind()).isEqualTo(NoticeKind.SIMULATED);
        assertThat(seen.behavesAs()).isEqualTo(kind);
        assertThat(seen.due()).isEqualTo(new Due.Within(Duration.ofSeconds(seconds)));
        assertThat(seen.dryRun()).isEqualTo(dry);
    }

    @ParameterizedTest
    @ValueSource(strings = {"spot", "spot,", "spot,soon", "simulated,30s", "tsunami,30s", "spot,30s,now", "spot,25h"})
    void a_mistake_in_the_annotation_is_named_and_begins_nothing(String value) {
        assertThat(simulate(value))
                .isInstanceOfSatisfying(
                        Failed.class,
                        failed -> assertThat(failed.detail())
                                .contains(SimulateSource.ANNOTATION)
                                .contains("spot,120s"));
    }

    @Test
    void without_the_annotation_there_is_no_game_day() {
        assertThat(new SimulateSource().observe(PLAIN, 5)).isInstanceOf(Nothing.class);
        assertThat(simulate(" ")).isInstanceOf(Nothing.class);
    }
}
