package dev.lastcall.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.PodRef;
import dev.lastcall.drain.PodStage;
import dev.lastcall.drain.PodStatus;
import dev.lastcall.drain.Workload;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class InFlightHistoryTest {

    private static final Instant START = Instant.parse("2026-11-29T03:04:05Z");
    private static final PodRef POD = new PodRef("llm", "chat-0", "uid");

    private final InFlightHistory history = new InFlightHistory();

    @Test
    void a_drain_of_an_hour_takes_no_more_room_than_one_of_a_minute_and_keeps_its_beginning() {
        for (int half = 0; half < 7200; half++) {
            see("one", START.plusMillis(500L * half), 7200L - half);
        }
        assertThat(history.of(POD)).hasSizeBetween(30, 60);
        assertThat(history.of(POD).getFirst()).isEqualTo(new DrainRow.Reading(START, 7200));
        assertThat(history.of(POD).getLast().at()).isAfter(START.plus(Duration.ofMinutes(57)));
        assertThat(history.of(POD))
                .extracting(DrainRow.Reading::inFlight)
                .isSortedAccordingTo((a, b) -> Long.compare(b, a));
    }

    @Test
    void another_drain_begins_anew_and_a_pod_without_a_reading_has_no_history() {
        see("one", START, 3L);
        see("two", START.plusSeconds(60), 5L);
        assertThat(history.of(POD)).containsExactly(new DrainRow.Reading(START.plusSeconds(60), 5));
        see("three", START.plusSeconds(90), null);
        assertThat(history.of(POD)).isEmpty();
    }

    private void see(String drain, Instant at, @Nullable Long inFlight) {
        history.see(
                drain,
                List.of(new PodStatus(
                        POD,
                        new Workload("llm", "chat"),
                        "vllm",
                        PodStage.HELD,
                        START.plusSeconds(3600),
                        inFlight,
                        null)),
                at);
    }
}
