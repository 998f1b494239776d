package dev.lastcall.notice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.notice.NoticeChange.AtRisk;
import dev.lastcall.notice.NoticeChange.Began;
import dev.lastcall.notice.NoticeChange.Cancelled;
import dev.lastcall.notice.NoticeChange.Ended;
import dev.lastcall.notice.NoticeChange.TookOver;
import dev.lastcall.notice.Observation.Failed;
import dev.lastcall.notice.Observation.Nothing;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * What the ledger makes of what sources say, one rule of docs/CLOUDS.md after the other.
 *
 * <p>Over 300 lines: the rules share their vocabulary of sources and times, and are found here when one of them changes.
 */
class NoticeLedgerTest {

    private static final Instant T0 = Instant.parse("2026-11-25T12:00:00Z");
    private static final LedgerRules RULES = new LedgerRules(Duration.ofMinutes(10), false);

    private NoticeLedger ledger = NoticeLedger.empty(RULES);
    private Instant now = T0;
    private final List<NoticeChange> heard = new ArrayList<>();

    private void admit(SourceId source, Observation observation) {
        NoticeLedger.Admission admission = ledger.admit(source, observation, now, 7);
        ledger = admission.ledger();
        heard.addAll(admission.changes());
    }

    private void sees(Sighting sighting) {
        SourceId source = SourceId.ofLabel(sighting.source()).orElseThrow();
        admit(source, new Observation.Seen(List.of(sighting), Duration.ZERO, 5));
    }

    private void seesNothing(SourceId source) {
        admit(source, new Nothing());
    }

    private void tick() {
        tick(Set.of("aws-spot", "aws-events", "azure"));
    }

    private void tick(Set<String> sources) {
        NoticeLedger.Admission admission = ledger.tick(now, 9, sources);
        ledger = admission.ledger();
        heard.addAll(admission.changes());
    }

    private void after(Duration time) {
        now = now.plus(time);
    }

    private static Sighting spot(String id, Duration in) {
        return Sighting.of(id, NoticeKind.SPOT, SourceId.AWS_SPOT, new Due.At(T0.plus(in)));
    }

    private static Sighting azure(String id, NoticeKind kind, Duration in) {
        return Sighting.of(id, kind, SourceId.AZURE, new Due.NotBefore(T0.plus(in), Duration.ofSeconds(10)));
    }

    private static Sighting rebalance(String id) {
        return Sighting.of(id, NoticeKind.REBALANCE, SourceId.AWS_REBALANCE, new Due.Unknown());
    }

    private static Sighting mark(String id) {
        return Sighting.of(id, NoticeKind.NODE_MARK, SourceId.NODE_MARKS, new Due.Within(Duration.ofMinutes(2)));
    }

    @Test
    void a_notice_polled_sixty_times_is_one_drain() {
        for (int poll = 0; poll < 60; poll++) {
            sees(spot("a", Duration.ofSeconds(120)));
            after(Duration.ofSeconds(1));
        }
        assertThat(heard).hasSize(1);
        assertThat(heard.getFirst()).isInstanceOfSatisfying(Began.class, began -> {
            assertThat(began.notice().deadline()).isEqualTo(T0.plusSeconds(120));
            assertThat(began.notice().noticedAt()).isEqualTo(T0);
            assertThat(began.notice().answeredNanos()).isEqualTo(5);
        });
    }

    @Test
    void a_notice_that_lives_for_one_poll_stays_in_force() {
        sees(spot("a", Duration.ofSeconds(120)));
        for (int poll = 0; poll < 100; poll++) {
            after(Duration.ofSeconds(1));
            seesNothing(SourceId.AWS_SPOT);
        }
        assertThat(heard).hasSize(1);
        assertThat(ledger.draining()).isPresent();
    }

    @Test
    void a_time_that_moves_with_every_answer_is_still_one_notice() {
        int counted = 0;
        for (int poll = 0; poll < 60; poll++) {
            Sighting moved = spot("id-" + poll, Duration.ofSeconds(120 + poll));
            NoticeLedger.Admission admission =
                    ledger.admit(SourceId.AWS_SPOT, new Observation.Seen(List.of(moved), Duration.ZERO, 5), now, 7);
            ledger = admission.ledger();
            heard.addAll(admission.changes());
            counted += admission.first().size();
            after(Duration.ofSeconds(1));
        }
        assertThat(counted).isEqualTo(1);
        assertThat(heard).hasSize(1);
        assertThat(ledger.draining().orElseThrow().deadline()).isEqualTo(T0.plusSeconds(120));
        sees(spot("earlier", Duration.ofSeconds(100)));
        assertThat(heard.getLast()).isInstanceOf(TookOver.class);
    }

    @Test
    void hibernation_in_the_place_of_a_spot_notice_is_another_notice() {
        sees(spot("a", Duration.ofSeconds(120)));
        sees(Sighting.of("h", NoticeKind.HIBERNATE, SourceId.AWS_SPOT, new Due.Within(Duration.ZERO)));
        assertThat(heard.getLast())
                .isInstanceOfSatisfying(
                        TookOver.class, over -> assertThat(over.notice().kind()).isEqualTo(NoticeKind.HIBERNATE));
    }

    @Test
    void a_spot_notice_is_over_only_when_none_is_said_ten_minutes_after_its_deadline() {
        sees(spot("a", Duration.ofSeconds(120)));
        after(Duration.ofSeconds(120 + 599));
        seesNothing(SourceId.AWS_SPOT);
        assertThat(heard).hasSize(1);
        after(Duration.ofSeconds(1));
        admit(SourceId.AWS_SPOT, new Failed("timeout", ""));
        assertThat(heard).as("an error ends nothing").hasSize(1);
        seesNothing(SourceId.AWS_SPOT);
        assertThat(heard.getLast()).isInstanceOf(Ended.class);
        assertThat(ledger.active()).isEmpty();
    }

    @Test
    void what_is_said_of_an_interruption_long_past_begins_nothing() {
        now = T0.plus(Duration.ofHours(1));
        sees(spot("a", Duration.ofSeconds(120)));
        assertThat(heard).isEmpty();
        assertThat(ledger.active()).isEmpty();
    }

    @Test
    void a_deadline_moves_earlier_but_never_later() {
        sees(mark("m"));
        sees(azure("e", NoticeKind.PREEMPT, Duration.ofSeconds(100)));
        heard.clear();
        sees(azure("e", NoticeKind.PREEMPT, Duration.ofSeconds(300)));
        assertThat(heard).isEmpty();
        sees(azure("e", NoticeKind.PREEMPT, Duration.ofSeconds(50)));
        assertThat(heard.getLast()).isInstanceOfSatisfying(TookOver.class, moved -> {
            assertThat(moved.previous().deadline()).isEqualTo(T0.plusSeconds(100));
            assertThat(moved.notice().deadline()).isEqualTo(T0.plusSeconds(50));
            assertThat(moved.notice().id()).isEqualTo(moved.previous().id()).isEqualTo("m");
        });
    }

    @Test
    void the_clock_of_the_source_is_allowed_for() {
        Observation.Seen seen =
                new Observation.Seen(List.of(spot("a", Duration.ofSeconds(120))), Duration.ofSeconds(30), 5);
        admit(SourceId.AWS_SPOT, seen);
        assertThat(heard.getFirst().notice().deadline()).isEqualTo(T0.plusSeconds(90));
    }

    @Test
    void a_rebalance_recommendation_marks_at_risk_once_and_a_spot_notice_then_begins_a_drain() {
        sees(rebalance("r"));
        sees(rebalance("r"));
        assertThat(heard).hasSize(1);
        assertThat(heard.getFirst()).isInstanceOf(AtRisk.class);
        sees(spot("a", Duration.ofSeconds(120)));
        assertThat(heard).hasSize(2);
        assertThat(heard.getLast()).isInstanceOf(Began.class);
    }

    @Test
    void the_mark_of_a_recommendation_carries_the_time_of_the_recommendation() {
        sees(rebalance("r").announcedAt(T0.minusSeconds(40)));
        assertThat(heard.getFirst().notice().noticedAt()).isEqualTo(T0.minusSeconds(40));
    }

    @Test
    void where_a_recommendation_drains_the_spot_notice_takes_that_drain_over_and_it_keeps_its_id() {
        ledger = NoticeLedger.empty(new LedgerRules(Duration.ofMinutes(10), true));
        sees(rebalance("r"));
        sees(spot("a", Duration.ofSeconds(120)));
        assertThat(heard.getFirst()).isInstanceOf(Began.class);
        assertThat(heard.getLast()).isInstanceOfSatisfying(TookOver.class, over -> {
            assertThat(over.notice().id()).isEqualTo("r");
            assertThat(over.notice().kind()).isEqualTo(NoticeKind.SPOT);
            assertThat(over.notice().deadline()).isEqualTo(T0.plusSeconds(120));
        });
        seesNothing(SourceId.AWS_REBALANCE);
        seesNothing(SourceId.AWS_REBALANCE);
        assertThat(heard).as("the spot notice holds the drain").hasSize(2);
    }

    @Test
    void an_earlier_maintenance_tightens_a_spot_drain_but_leaves_it_a_spot_drain() {
        sees(spot("a", Duration.ofSeconds(120)));
        sees(azure("e", NoticeKind.REBOOT, Duration.ofSeconds(60)));
        assertThat(heard.getLast()).isInstanceOfSatisfying(TookOver.class, over -> {
            assertThat(over.notice().kind()).isEqualTo(NoticeKind.SPOT);
            assertThat(over.notice().deadline()).isEqualTo(T0.plusSeconds(60));
        });
    }

    @Test
    void an_event_that_can_be_cancelled_is_cancelled_by_two_answers_in_a_row_without_it() {
        sees(azure("e", NoticeKind.TERMINATE, Duration.ofSeconds(300)));
        seesNothing(SourceId.AZURE);
        sees(azure("e", NoticeKind.TERMINATE, Duration.ofSeconds(300)));
        seesNothing(SourceId.AZURE);
        admit(SourceId.AZURE, new Failed("503", ""));
        assertThat(heard).as("one answer without it, then one with it").hasSize(1);
        seesNothing(SourceId.AZURE);
        assertThat(heard.getLast()).isInstanceOf(Cancelled.class);
        assertThat(ledger.draining()).isEmpty();
    }

    @Test
    void an_event_that_vanishes_after_its_deadline_has_ended_and_was_not_cancelled() {
        sees(azure("e", NoticeKind.REBOOT, Duration.ofSeconds(60)));
        after(Duration.ofSeconds(61));
        seesNothing(SourceId.AZURE);
        seesNothing(SourceId.AZURE);
        assertThat(heard.getLast()).isInstanceOf(Ended.class);
    }

    @Test
    void what_vanishes_after_the_drain_is_done_is_not_cancelled_but_ends_with_its_deadline() {
        sees(azure("e", NoticeKind.TERMINATE, Duration.ofSeconds(300)));
        ledger = ledger.drained("e");
        seesNothing(SourceId.AZURE);
        seesNothing(SourceId.AZURE);
        seesNothing(SourceId.AZURE);
        assertThat(heard).hasSize(1);
        after(Duration.ofSeconds(300));
        seesNothing(SourceId.AZURE);
        assertThat(heard.getLast()).isInstanceOf(Ended.class);
    }

    @Test
    void an_error_takes_nothing_back_however_often_it_comes() {
        sees(azure("e", NoticeKind.TERMINATE, Duration.ofSeconds(300)));
        for (int poll = 0; poll < 50; poll++) {
            admit(SourceId.AZURE, new Failed("malformed", ""));
        }
        assertThat(heard).hasSize(1);
    }

    @Test
    void the_silence_of_one_source_takes_nothing_from_another() {
        sees(azure("e", NoticeKind.TERMINATE, Duration.ofSeconds(300)));
        for (int poll = 0; poll < 5; poll++) {
            seesNothing(SourceId.NODE_MARKS);
        }
        assertThat(heard).hasSize(1);
    }

    @Test
    void scheduled_work_in_ten_days_waits_for_its_lead_time() {
        Sighting work = workInDays(10);
        sees(work);
        after(Duration.ofDays(10).minus(Duration.ofMinutes(10)).minusSeconds(1));
        sees(work);
        assertThat(heard).isEmpty();
        assertThat(ledger.active()).hasSize(1);
        after(Duration.ofSeconds(1));
        tick();
        assertThat(heard.getFirst()).isInstanceOfSatisfying(Began.class, began -> {
            assertThat(began.notice().noticedAt()).isEqualTo(now);
            assertThat(began.notice().answeredNanos())
                    .as("counted from its start")
                    .isEqualTo(9);
        });
    }

    @Test
    void waiting_work_that_is_moved_is_followed_either_way_and_withdrawn_work_is_forgotten_in_silence() {
        sees(workInDays(10));
        sees(workInDays(20));
        assertThat(ledger.active().getFirst().deadline()).isEqualTo(T0.plus(Duration.ofDays(20)));
        sees(workInDays(5));
        assertThat(ledger.active().getFirst().deadline()).isEqualTo(T0.plus(Duration.ofDays(5)));
        seesNothing(SourceId.AWS_EVENTS);
        seesNothing(SourceId.AWS_EVENTS);
        assertThat(heard).isEmpty();
        assertThat(ledger.active()).isEmpty();
    }

    @Test
    void work_whose_window_is_open_begins_at_once_and_with_no_deadline_in_the_past() {
        // An agent that starts late: the reboot may come at any moment, or in hours. Nothing says that it has come.
        sees(workInDays(-1));
        assertThat(heard.getFirst())
                .isInstanceOfSatisfying(
                        Began.class,
                        began -> assertThat(began.notice().deadline()).isNull());
        sees(azure("e", NoticeKind.TERMINATE, Duration.ofSeconds(-5)));
        assertThat(ledger.draining().orElseThrow().deadline())
                .as("Azure promises nothing once an event may start; ten seconds are planned with")
                .isEqualTo(T0.plusSeconds(10));
    }

    @Test
    void a_window_that_opens_while_work_waits_or_runs_moves_no_deadline() {
        Sighting work = workInDays(10);
        sees(work);
        after(Duration.ofDays(10).plusSeconds(1));
        sees(work);
        assertThat(heard).hasSize(1);
        assertThat(ledger.draining().orElseThrow().deadline()).isEqualTo(T0.plus(Duration.ofDays(10)));
        after(Duration.ofHours(1));
        sees(work);
        assertThat(heard).hasSize(1);
        assertThat(ledger.draining().orElseThrow().deadline()).isEqualTo(T0.plus(Duration.ofDays(10)));
    }

    @Test
    void the_clock_of_the_source_decides_whether_a_window_is_open() {
        Sighting inTwentySeconds = Sighting.of(
                "w", NoticeKind.MAINTENANCE, SourceId.AWS_EVENTS, new Due.NotBefore(T0.plusSeconds(20), null));
        admit(SourceId.AWS_EVENTS, new Observation.Seen(List.of(inTwentySeconds), Duration.ofSeconds(30), 5));
        assertThat(heard.getFirst().notice().deadline()).isNull();
    }

    @Test
    void after_a_restart_the_same_notice_is_known_and_does_not_begin_again() {
        resume(NoticeKind.SPOT, "aws-spot", "a", false, "boot-1", "boot-1");
        sees(spot("a", Duration.ofSeconds(120)));
        assertThat(heard).isEmpty();
        assertThat(ledger.draining()).isPresent();
    }

    @Test
    void after_a_restart_a_drain_that_was_taken_over_is_still_that_drain() {
        // Its id is that of the first notice; the spot notice in the answer has its own.
        resume(NoticeKind.SPOT, "aws-spot", "id-of-the-rebalance", true, "boot-1", "boot-1");
        sees(spot("a", Duration.ofSeconds(120)));
        assertThat(heard).isEmpty();
    }

    @Test
    void none_is_not_taken_for_an_answer_after_a_restart_without_a_reboot() {
        resume(NoticeKind.SPOT, "aws-spot", "a", false, "boot-1", "boot-1");
        seesNothing(SourceId.AWS_SPOT);
        seesNothing(SourceId.AWS_SPOT);
        assertThat(heard).isEmpty();
    }

    @Test
    void the_notice_of_an_earlier_boot_is_over_before_any_source_has_said_so() {
        for (boolean done : List.of(false, true)) {
            resume(NoticeKind.SPOT, "aws-spot", "a", done, "boot-1", "boot-2");
            assertThat(ledger.draining()).isEmpty();
            assertThat(ledger.active()).isEmpty();
            admit(SourceId.AWS_SPOT, new Failed("refused", ""));
            seesNothing(SourceId.AWS_SPOT);
            seesNothing(SourceId.AWS_SPOT);
            assertThat(heard).isEmpty();
        }
    }

    @Test
    void a_spot_notice_whose_time_is_still_ahead_after_a_reboot_begins_anew() {
        resume(NoticeKind.SPOT, "aws-spot", "a", false, "boot-1", "boot-2");
        sees(spot("a", Duration.ofSeconds(120)));
        assertThat(heard).hasSize(1);
        assertThat(heard.getFirst()).isInstanceOf(Began.class);
    }

    @Test
    void a_reboot_that_its_source_still_names_has_been_and_begins_nothing() {
        resume(NoticeKind.REBOOT, "azure", "e", false, "boot-1", "boot-2");
        sees(azure("e", NoticeKind.REBOOT, Duration.ofSeconds(60)));
        assertThat(heard).isEmpty();
    }

    @Test
    void a_drain_of_a_source_that_this_agent_does_not_read_is_over_ten_minutes_after_its_deadline() {
        resume(NoticeKind.SPOT, "another-cloud", "a", true, "boot-1", "boot-1");
        after(Duration.ofMinutes(12));
        tick(Set.of("aws-spot"));
        assertThat(heard).isEmpty();
        after(Duration.ofSeconds(1));
        tick(Set.of("another-cloud"));
        assertThat(heard).as("where it is read, its own word counts").isEmpty();
        tick(Set.of("aws-spot"));
        assertThat(heard.getFirst()).isInstanceOf(Ended.class);
        assertThat(ledger.draining()).isEmpty();
    }

    @Test
    void a_drain_cancelled_while_the_agent_was_away_is_cancelled_when_it_is_back() {
        resume(NoticeKind.TERMINATE, "azure", "e", false, "boot-1", "boot-1");
        seesNothing(SourceId.AZURE);
        assertThat(heard).isEmpty();
        seesNothing(SourceId.AZURE);
        assertThat(heard.getFirst()).isInstanceOf(Cancelled.class);
    }

    @Test
    void a_simulated_notice_never_tightens_or_keeps_a_real_drain() {
        sees(azure("e", NoticeKind.TERMINATE, Duration.ofSeconds(300)));
        sees(simulated("s", false));
        assertThat(heard).hasSize(1);
        seesNothing(SourceId.AZURE);
        seesNothing(SourceId.AZURE);
        assertThat(heard.getLast()).isInstanceOf(Cancelled.class);
    }

    @Test
    void a_real_notice_takes_over_a_live_simulation_with_its_own_deadline() {
        sees(simulated("s", false));
        sees(spot("a", Duration.ofSeconds(120)));
        assertThat(heard.getLast()).isInstanceOfSatisfying(TookOver.class, over -> {
            assertThat(over.notice().kind()).isEqualTo(NoticeKind.SPOT);
            assertThat(over.notice().deadline())
                    .as("not the earlier one of the simulated notice")
                    .isEqualTo(T0.plusSeconds(120));
        });
    }

    @Test
    void a_real_notice_ends_a_dry_run_and_begins_its_own_drain() {
        sees(simulated("s", true));
        sees(spot("a", Duration.ofSeconds(120)));
        assertThat(heard).hasSize(3);
        assertThat(heard.get(1)).isInstanceOf(Cancelled.class);
        assertThat(heard.get(2))
                .isInstanceOfSatisfying(
                        Began.class,
                        began -> assertThat(began.notice().dryRun()).isFalse());
    }

    @Test
    void a_simulated_drain_ends_a_dry_run_that_is_still_under_way_and_begins_its_own() {
        sees(simulated("dry", true));
        sees(simulated("live", false));
        assertThat(heard).hasSize(3);
        assertThat(heard.get(1))
                .isInstanceOfSatisfying(
                        Cancelled.class,
                        cancelled -> assertThat(cancelled.notice().id()).isEqualTo("dry"));
        assertThat(heard.get(2))
                .isInstanceOfSatisfying(
                        Began.class, began -> assertThat(began.notice().id()).isEqualTo("live"));
    }

    /** Whoever copies the commands has the next mark on the Node before the dry run's is forgotten; then nothing happened. */
    @Test
    void a_simulated_drain_begins_although_the_dry_run_before_it_is_still_remembered() {
        sees(simulated("dry", true));
        ledger = ledger.drained("dry");
        heard.clear();
        sees(simulated("live", false));
        assertThat(heard)
                .singleElement()
                .isInstanceOfSatisfying(
                        Began.class, began -> assertThat(began.notice().id()).isEqualTo("live"));
        sees(simulated("live", false));
        sees(simulated("live", false));
        assertThat(heard).as("the end of the dry run ends nothing else").hasSize(1);
    }

    @Test
    void a_simulation_can_be_repeated_with_the_same_words() {
        sees(simulated("s", false));
        ledger = ledger.drained("s");
        seesNothing(SourceId.SIMULATE);
        seesNothing(SourceId.SIMULATE);
        heard.clear();
        sees(simulated("s", false));
        assertThat(heard.getFirst()).isInstanceOf(Began.class);
    }

    @Test
    void a_freeze_is_a_hint() {
        sees(azure("f", NoticeKind.FREEZE, Duration.ofMinutes(15)));
        assertThat(heard.getFirst()).isInstanceOf(AtRisk.class);
    }

    @Test
    void work_without_a_named_time_keeps_its_first_sight_over_a_restart() {
        Sighting host = Sighting.of(
                "h", NoticeKind.MAINTENANCE, SourceId.GCP_MAINTENANCE, new Due.Within(Duration.ofMinutes(60)));
        sees(host);
        assertThat(heard.getFirst()).as("the mark that remembers").isInstanceOf(AtRisk.class);
        after(Duration.ofMinutes(40));
        ledger = NoticeLedger.resumed(RULES, new NodeFacts("n", null, null, () -> true, T0, Optional.empty()));
        sees(host);
        assertThat(ledger.active().getFirst().deadline()).isEqualTo(T0.plus(Duration.ofMinutes(60)));
    }

    private static Sighting workInDays(int days) {
        return Sighting.of(
                "w",
                NoticeKind.MAINTENANCE,
                SourceId.AWS_EVENTS,
                new Due.NotBefore(T0.plus(Duration.ofDays(days)), null));
    }

    private static Sighting simulated(String id, boolean dry) {
        return new Sighting(
                id,
                NoticeKind.SIMULATED,
                NoticeKind.SPOT,
                "simulate",
                new Due.Within(Duration.ofSeconds(30)),
                null,
                dry);
    }

    private void resume(NoticeKind kind, String source, String id, boolean done, String boot, String currentBoot) {
        ResumedNotice earlier =
                new ResumedNotice(new Interruption(id, kind, kind, source, T0.plusSeconds(120), false), T0, boot, done);
        ledger = NoticeLedger.resumed(
                RULES, new NodeFacts("n", null, currentBoot, () -> true, null, Optional.of(earlier)));
    }
}
