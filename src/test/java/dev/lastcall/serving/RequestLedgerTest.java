package dev.lastcall.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.RequestCounts;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Guards the promise that what could not finish is counted, never hidden: every request ends in exactly one term.
 *
 * <p>Over 300 lines: one test a term and a way to lose it; the counters they begin with are shared.
 */
class RequestLedgerTest {
    private static final boolean SIGNALLED = true;

    private static EngineReading reading(long inFlight, long finished, long aborted) {
        return new EngineReading(inFlight, finished, aborted);
    }

    private static RequestLedger first(long inFlight, long finished, long aborted) {
        return RequestLedger.first(reading(inFlight, finished, aborted));
    }

    private static void assertIdentity(RequestCounts counts) {
        assertThat(counts.atNotice() + counts.admittedAfter())
                .as("at notice + admitted = finished + lost + unknown in %s", counts)
                .isEqualTo(counts.finished() + counts.lost() + counts.unknown());
        assertThat(counts.unknown()).isNotNegative();
        assertThat(counts.inFlight()).isNotNegative();
        assertThat(counts.aborted()).isNotNegative();
        assertThat(counts.admittedAfter()).isNotNegative();
    }

    @Test
    void what_ended_before_the_notice_is_nobodys_business() {
        assertThat(first(0, 1_000, 7).gone()).isEqualTo(RequestCounts.NONE);
    }

    @Test
    void requests_that_finish_are_finished() {
        RequestCounts counts = first(3, 10, 0)
                .next(reading(1, 12, 0), false)
                .next(reading(0, 13, 0), false)
                .gone();
        assertThat(counts).isEqualTo(new RequestCounts(3, 0, 3, 0, 0, 0));
    }

    @Test
    void an_arrival_after_the_notice_follows_from_the_balance() {
        RequestCounts counts = first(3, 10, 0)
                .next(reading(4, 11, 0), false)
                .next(reading(0, 15, 0), false)
                .gone();
        assertThat(counts).isEqualTo(new RequestCounts(3, 2, 5, 0, 0, 0));
    }

    @Test
    void an_abort_is_lost() {
        assertThat(first(2, 10, 0).next(reading(0, 11, 1), SIGNALLED).gone())
                .isEqualTo(new RequestCounts(2, 0, 1, 1, 0, 0));
    }

    @Test
    void what_is_in_flight_when_the_engine_goes_is_lost() {
        RequestLedger ledger = first(3, 10, 0).next(reading(2, 11, 0), SIGNALLED);
        assertThat(ledger.gone()).isEqualTo(new RequestCounts(3, 0, 1, 0, 2, 0));
        assertThat(ledger.running().lost())
                .as("while the engine lives nothing of it is lost yet")
                .isZero();
    }

    @Test
    void a_client_that_left_before_the_signal_is_unknown_not_lost() {
        // vLLM 0.32: running fell from 3 to 0 and no counter rose.
        assertThat(first(3, 10, 0).next(reading(0, 10, 0), false).gone())
                .isEqualTo(new RequestCounts(3, 0, 0, 0, 0, 3));
    }

    @Test
    void what_vanishes_after_the_signal_is_lost() {
        assertThat(first(3, 10, 0).next(reading(0, 10, 0), SIGNALLED).gone())
                .isEqualTo(new RequestCounts(3, 0, 0, 0, 3, 0));
    }

    @Test
    void a_restarted_engine_has_lost_what_it_held_and_starts_to_count_anew() {
        RequestCounts counts = first(3, 10, 0)
                .next(reading(2, 11, 0), false)
                .next(reading(1, 2, 0), false)
                .next(reading(0, 3, 0), false)
                .gone();
        assertThat(counts).isEqualTo(new RequestCounts(3, 3, 4, 0, 2, 0));
    }

    @Test
    void a_counter_that_lags_its_gauge_by_one_reading_makes_no_loss_and_no_arrival() {
        RequestCounts counts = first(1, 10, 0)
                .next(reading(0, 10, 0), false)
                .next(reading(0, 11, 0), false)
                .gone();
        assertThat(counts).isEqualTo(new RequestCounts(1, 0, 1, 0, 0, 0));
    }

    @Test
    void a_lagging_counter_that_shows_after_the_signal_is_settled_where_it_was_booked() {
        RequestCounts counts = first(1, 10, 0)
                .next(reading(0, 10, 0), false)
                .next(reading(0, 11, 0), SIGNALLED)
                .gone();
        assertThat(counts).isEqualTo(new RequestCounts(1, 0, 1, 0, 0, 0));
    }

    @Test
    void a_client_that_leaves_is_not_hidden_by_another_that_arrives_next() {
        RequestCounts counts = first(2, 10, 0)
                .next(reading(1, 10, 0), false)
                .next(reading(2, 10, 0), false)
                .gone();
        assertThat(counts).isEqualTo(new RequestCounts(2, 1, 0, 0, 2, 1));
    }

    @Test
    void an_engine_that_answers_the_same_again_and_again_changes_nothing() {
        RequestLedger ledger = first(2, 10, 1);
        for (int i = 0; i < 100; i++) {
            ledger = ledger.next(reading(2, 10, 1), i > 50);
        }
        assertThat(ledger.gone()).isEqualTo(new RequestCounts(2, 0, 0, 0, 2, 0));
    }

    private static EngineReading sglang(long inFlight, long finished, long clientsLeft) {
        return new EngineReading(inFlight, finished, 0, clientsLeft, EngineReading.UNREADABLE, true, true);
    }

    @Test
    void a_client_that_sglang_counts_as_aborted_is_unknown_before_the_signal() {
        RequestLedger three = RequestLedger.first(sglang(3, 10, 0));
        assertThat(three.next(sglang(2, 10, 1), false).running()).isEqualTo(new RequestCounts(3, 0, 0, 0, 0, 1));
        assertThat(three.next(sglang(2, 11, 1), false).running())
                .as("it stands in both counters")
                .isEqualTo(new RequestCounts(3, 0, 0, 0, 0, 1));
        assertThat(three.next(sglang(2, 10, 0), false)
                        .next(sglang(2, 10, 1), false)
                        .running())
                .as("the gauge falls first")
                .isEqualTo(new RequestCounts(3, 0, 0, 0, 0, 1));
        assertThat(three.next(sglang(2, 10, 1), SIGNALLED).running())
                .as("after the signal the engine gave it up")
                .isEqualTo(new RequestCounts(3, 0, 0, 1, 0, 0));
    }

    @Test
    void a_request_of_three_answers_that_counts_four_ends_is_no_arrival() {
        assertThat(RequestLedger.first(sglang(3, 10, 0))
                        .next(sglang(0, 14, 0), false)
                        .gone())
                .isEqualTo(new RequestCounts(3, 0, 3, 0, 0, 0));
    }

    @Test
    void an_arrival_at_sglang_is_still_one() {
        assertThat(RequestLedger.first(sglang(3, 10, 0))
                        .next(sglang(4, 10, 0), false)
                        .next(sglang(3, 11, 0), false)
                        .next(sglang(0, 14, 0), false)
                        .gone())
                .isEqualTo(new RequestCounts(3, 1, 4, 0, 0, 0));
    }

    @Test
    void an_end_that_shows_before_its_gauge_falls_is_no_arrival() {
        assertThat(RequestLedger.first(sglang(2, 10, 0))
                        .next(sglang(2, 11, 0), false)
                        .next(sglang(2, 11, 0), false)
                        .next(sglang(1, 11, 0), false)
                        .next(sglang(0, 12, 0), false)
                        .gone())
                .isEqualTo(new RequestCounts(2, 0, 2, 0, 0, 0));
    }

    /** A gauge that is refreshed once a second, and an engine that is gone before: it was reported as one lost request. */
    @Test
    void what_a_stale_gauge_shows_of_requests_whose_ends_were_counted_is_unknown_not_lost() {
        RequestCounts counts = RequestLedger.first(sglang(1, 7, 0))
                .next(sglang(1, 8, 0), SIGNALLED)
                .gone();
        assertThat(counts).isEqualTo(new RequestCounts(1, 1, 1, 0, 0, 1));
    }

    @Test
    void what_a_gauge_shows_that_has_moved_since_is_lost_with_its_engine() {
        RequestCounts counts = RequestLedger.first(sglang(1, 7, 0))
                .next(sglang(1, 8, 0), false)
                .next(sglang(2, 8, 0), false)
                .gone();
        assertThat(counts).isEqualTo(new RequestCounts(1, 2, 1, 0, 2, 0));
    }

    @Test
    void a_counter_that_cannot_be_read_for_a_while_costs_nothing() {
        RequestCounts counts = first(3, 10, 0)
                .next(reading(2, EngineReading.UNREADABLE, 0), false)
                .next(reading(1, 12, 0), false)
                .gone();
        assertThat(counts.finished()).isEqualTo(2);
        assertIdentity(counts);
        assertThat(first(3, EngineReading.UNREADABLE, 0)
                        .next(reading(3, 5_000, 0), false)
                        .gone())
                .as("what ended before its first number is not of this drain")
                .isEqualTo(new RequestCounts(3, 0, 0, 0, 3, 0));
    }

    @Test
    void a_gauge_that_is_no_number_for_once_makes_no_departures_and_no_arrivals() {
        EngineReading broken = new EngineReading(0, 10, 0, 0, EngineReading.UNREADABLE, false, false);
        assertThat(first(3, 10, 0)
                        .next(broken, false)
                        .next(reading(3, 10, 0), false)
                        .running())
                .isEqualTo(new RequestCounts(3, 0, 0, 0, 0, 0));
    }

    @Test
    void the_identity_holds_for_an_engine_that_counts_loosely_and_lags() {
        SplittableRandom random = new SplittableRandom(7);
        for (int history = 0; history < 4_000; history++) {
            RequestLedger ledger = RequestLedger.first(sglang(random.nextLong(5), random.nextLong(9), 0));
            for (int step = 0; step < 30; step++) {
                EngineReading last = ledger.last();
                ledger = ledger.next(
                        sglang(
                                random.nextLong(6),
                                random.nextInt(40) == 0 ? 0 : last.finished() + random.nextLong(4),
                                last.clientsLeft() + random.nextLong(2)),
                        step > 20);
                assertIdentity(ledger.gone());
            }
        }
    }

    /** An engine with a truth of its own, which the ledger sees only through readings. */
    private static final class Engine {
        private final SplittableRandom random;
        private long inFlight;
        private long finished;
        private long aborted;
        private long admitted;
        private long trulyFinished;
        private long trulyAborted;
        private long left;
        private boolean restarted;

        Engine(SplittableRandom random) {
            this.random = random;
            inFlight = random.nextLong(6);
            finished = random.nextLong(50);
            aborted = random.nextLong(5);
        }

        /** One thing happens; a signalled engine admits nothing and does not restart. */
        void happen(boolean signalled, boolean mayRestart) {
            switch (random.nextInt(mayRestart && !signalled ? 12 : 11)) {
                case 0, 1, 2 -> {
                    if (!signalled) {
                        inFlight++;
                        admitted++;
                    }
                }
                case 3, 4, 5, 6, 7 -> {
                    if (inFlight > 0) {
                        inFlight--;
                        finished++;
                        trulyFinished++;
                    }
                }
                case 8 -> {
                    if (inFlight > 0) {
                        inFlight--;
                        aborted++;
                        trulyAborted++;
                    }
                }
                case 9, 10 -> {
                    if (inFlight > 0) {
                        inFlight--;
                        left++;
                    }
                }
                default -> {
                    inFlight = 0;
                    finished = 0;
                    aborted = 0;
                    restarted = true;
                }
            }
        }

        EngineReading read() {
            return new EngineReading(inFlight, finished, aborted);
        }
    }

    @Test
    void the_identity_holds_in_every_history_and_without_a_restart_the_ends_are_exact() {
        SplittableRandom seeds = new SplittableRandom(20261125);
        for (int history = 0; history < 4_000; history++) {
            long seed = seeds.nextLong();
            SplittableRandom random = new SplittableRandom(seed);
            Engine engine = new Engine(random);
            boolean mayRestart = random.nextBoolean();
            RequestLedger ledger = RequestLedger.first(engine.read());
            int steps = random.nextInt(1, 40);
            int signalAt = random.nextInt(steps + 1);
            for (int step = 0; step < steps; step++) {
                for (int event = random.nextInt(4); event > 0; event--) {
                    engine.happen(step >= signalAt, mayRestart);
                }
                ledger = ledger.next(engine.read(), step >= signalAt);
                assertIdentity(ledger.gone());
            }
            RequestCounts counts = ledger.gone();
            if (!engine.restarted) {
                assertThat(counts.finished()).as("seed %d", seed).isEqualTo(engine.trulyFinished);
                assertThat(counts.aborted()).as("seed %d", seed).isEqualTo(engine.trulyAborted);
                assertThat(counts.unknown() + counts.inFlight())
                        .as("seed %d: never more than truly left or was cut", seed)
                        .isLessThanOrEqualTo(engine.left + engine.inFlight);
            }
        }
    }

    @Test
    void read_after_every_event_a_ledger_knows_each_term_exactly() {
        SplittableRandom seeds = new SplittableRandom(42);
        for (int history = 0; history < 4_000; history++) {
            long seed = seeds.nextLong();
            SplittableRandom random = new SplittableRandom(seed);
            Engine engine = new Engine(random);
            RequestLedger ledger = RequestLedger.first(engine.read());
            long atNotice = engine.inFlight;
            long leftAfterSignal = 0;
            int signalAt = random.nextInt(40);
            for (int step = 0; step < 40; step++) {
                long left = engine.left;
                engine.happen(step >= signalAt, false);
                boolean nowLeft = engine.left > left;
                leftAfterSignal += nowLeft && step >= signalAt ? 1 : 0;
                ledger = ledger.next(engine.read(), step >= signalAt);
            }
            assertThat(ledger.gone())
                    .as("seed %d", seed)
                    .isEqualTo(new RequestCounts(
                            atNotice,
                            engine.admitted,
                            engine.trulyFinished,
                            engine.trulyAborted,
                            engine.inFlight + leftAfterSignal,
                            engine.left - leftAfterSignal));
        }
    }
}
