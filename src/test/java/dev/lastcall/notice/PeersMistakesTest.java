package dev.lastcall.notice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.notice.NoticeChange.Began;
import dev.lastcall.notice.Observation.Nothing;
import dev.lastcall.notice.aws.ScheduledEvents;
import dev.lastcall.notice.aws.SpotAction;
import dev.lastcall.notice.aws.TargetLifecycle;
import dev.lastcall.notice.azure.OwnMachine;
import dev.lastcall.notice.azure.ScheduledEventsDocument;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What other handlers were found to get wrong about notices. What concerns the wire alone stands in ImdsTest. */
class PeersMistakesTest {

    private static final Instant T0 = Instant.parse("2026-11-25T12:00:00Z");
    private static final LedgerRules RULES = new LedgerRules(Duration.ofMinutes(10), false);

    private final List<NoticeChange> heard = new ArrayList<>();
    private NoticeLedger ledger = NoticeLedger.empty(RULES);

    private void admit(SourceId source, Parsed parsed, Instant now) {
        assertThat(parsed).isInstanceOf(Parsed.Understood.class);
        List<Sighting> seen = ((Parsed.Understood) parsed).sightings();
        Observation observation = seen.isEmpty() ? new Nothing() : new Observation.Seen(seen, Duration.ZERO, 0);
        NoticeLedger.Admission admission = ledger.admit(source, observation, now, 0);
        ledger = admission.ledger();
        heard.addAll(admission.changes());
    }

    @Test
    void a_lifecycle_change_read_every_second_is_one_notice() {
        // A peer hashed the time of the poll into the id: a new event every two seconds.
        for (int poll = 0; poll < 60; poll++) {
            admit(SourceId.AWS_ASG, TargetLifecycle.parse("Terminated\n"), T0.plusSeconds(poll));
        }
        assertThat(heard).hasSize(1);
        assertThat(heard.getFirst().notice().deadline()).isEqualTo(T0.plus(TargetLifecycle.WINDOW));
    }

    @Test
    void work_in_ten_days_drains_nothing_today() {
        // A peer took "now" for the start of every scheduled event and drained weeks early.
        String body = Recorded.AWS_EVENTS;
        Instant earliest = Instant.parse("2019-01-17T02:00:00Z");
        admit(SourceId.AWS_EVENTS, ScheduledEvents.parse(body), earliest.minus(Duration.ofDays(10)));
        assertThat(heard).isEmpty();
        assertThat(ledger.active()).hasSize(2);
        admit(SourceId.AWS_EVENTS, ScheduledEvents.parse(body), earliest.minus(Duration.ofMinutes(10)));
        assertThat(heard).hasSize(1);
        assertThat(heard.getFirst()).isInstanceOf(Began.class);
        assertThat(heard.getFirst().notice().kind()).isEqualTo(NoticeKind.MAINTENANCE);
    }

    @Test
    void hibernation_is_not_treated_as_termination() {
        // It starts at once: a drain that plans with two minutes freezes the requests instead of losing them visibly.
        Parsed parsed = SpotAction.parse("{\"action\":\"hibernate\",\"time\":\"2026-11-25T12:02:00Z\"}");
        admit(SourceId.AWS_SPOT, parsed, T0);
        assertThat(heard.getFirst().notice().window()).isEqualTo(Duration.ZERO);
        assertThat(heard.getFirst().notice().kind()).isEqualTo(NoticeKind.HIBERNATE);
    }

    @Test
    void the_preemption_of_another_machine_is_none_of_ours() {
        OwnMachine own = OwnMachine.ofProviderId(
                        "azure:///subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/GPU/virtualMachines/3")
                .orElseThrow();
        String body = Recorded.AZURE;
        assertThat(((Parsed.Understood) ScheduledEventsDocument.parse(body, own)).sightings())
                .isEmpty();
        String mine = body.replace("frontend_in_0", "gpu_3");
        assertThat(((Parsed.Understood) ScheduledEventsDocument.parse(mine, own)).sightings())
                .hasSize(1);
        OwnMachine similar = new OwnMachine(Set.of("gpu_33"));
        assertThat(((Parsed.Understood) ScheduledEventsDocument.parse(mine, similar)).sightings())
                .isEmpty();
    }

    @Test
    void the_two_minutes_reach_the_drain() {
        // A peer acts on the notice and drops its deadline.
        admit(SourceId.AWS_SPOT, SpotAction.parse("{\"action\":\"terminate\",\"time\":\"2026-11-25T12:02:00Z\"}"), T0);
        assertThat(heard.getFirst().notice().deadline()).isEqualTo(T0.plusSeconds(120));
        assertThat(heard.getFirst().notice().window()).isEqualTo(Duration.ofMinutes(2));
    }

    @Test
    void a_restart_in_the_middle_of_a_drain_neither_forgets_nor_repeats_it() {
        // A peer remembers an event for ten minutes before it has handled it, in memory only.
        Parsed parsed = SpotAction.parse("{\"action\":\"terminate\",\"time\":\"2026-11-25T12:02:00Z\"}");
        admit(SourceId.AWS_SPOT, parsed, T0);
        Notice notice = heard.getFirst().notice();
        ledger = NoticeLedger.resumed(
                RULES,
                new NodeFacts(
                        "n",
                        null,
                        "boot",
                        () -> true,
                        null,
                        Optional.of(new ResumedNotice(
                                new Interruption(
                                        notice.id(),
                                        notice.kind(),
                                        notice.behavesAs(),
                                        notice.source(),
                                        notice.deadline(),
                                        false),
                                notice.noticedAt(),
                                "boot",
                                false))));
        admit(SourceId.AWS_SPOT, parsed, T0.plusSeconds(30));
        assertThat(heard).hasSize(1);
        assertThat(ledger.draining()).isPresent();
    }

    @Test
    void a_drain_that_failed_is_not_begun_again_by_the_next_poll() {
        // A peer dropped the failed event from its store, and the next poll brought it in as a new one.
        Parsed parsed = SpotAction.parse("{\"action\":\"terminate\",\"time\":\"2026-11-25T12:02:00Z\"}");
        admit(SourceId.AWS_SPOT, parsed, T0);
        ledger = ledger.drained(heard.getFirst().notice().id());
        for (int poll = 1; poll <= 60; poll++) {
            admit(SourceId.AWS_SPOT, parsed, T0.plusSeconds(poll));
        }
        assertThat(heard).hasSize(1);
    }

    @Test
    void finished_work_that_stays_listed_for_a_week_is_not_announced() {
        Parsed parsed = ScheduledEvents.parse(Recorded.AWS_EVENTS);
        assertThat(((Parsed.Understood) parsed).sightings())
                .extracting(Sighting::kind)
                .containsExactly(NoticeKind.REBOOT, NoticeKind.MAINTENANCE);
    }

    @Test
    void work_that_is_canceled_by_its_state_is_cancelled_by_two_answers() {
        Instant start = Instant.parse("2019-01-21T09:00:43Z");
        String only = "[" + Recorded.AWS_EVENTS.substring(1, Recorded.AWS_EVENTS.indexOf('}') + 1) + "]";
        admit(SourceId.AWS_EVENTS, ScheduledEvents.parse(only), start.minusSeconds(300));
        assertThat(heard.getFirst()).isInstanceOf(Began.class);
        String canceled = only.replace("\"active\"", "\"canceled\"");
        admit(SourceId.AWS_EVENTS, ScheduledEvents.parse(canceled), start.minusSeconds(299));
        assertThat(heard).hasSize(1);
        admit(SourceId.AWS_EVENTS, ScheduledEvents.parse(canceled), start.minusSeconds(298));
        assertThat(heard.getLast()).isInstanceOf(NoticeChange.Cancelled.class);
    }
}
