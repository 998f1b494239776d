package dev.lastcall.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.DrainRecord.Baseline;
import dev.lastcall.drain.RequestCounts;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Guards the sum over the engines of one pod: one that restarts, or is heard late, must not spoil the others' counts. */
class PodLedgerTest {

    private static EngineReading reading(long inFlight, long finished) {
        return new EngineReading(inFlight, finished, 0);
    }

    @Test
    void one_engine_that_restarts_loses_its_own_requests_only() {
        PodLedger ledger = PodLedger.EMPTY
                .next(Map.of(8000, reading(2, 100), 8001, reading(3, 10)), false)
                .next(Map.of(8000, reading(2, 100), 8001, reading(0, 0)), false)
                .next(Map.of(8000, reading(0, 102), 8001, reading(0, 0)), false);
        assertThat(ledger.gone()).isEqualTo(new RequestCounts(5, 0, 2, 0, 3, 0));
    }

    @Test
    void an_engine_that_does_not_answer_this_time_keeps_its_last_reading() {
        PodLedger ledger = PodLedger.EMPTY
                .next(Map.of(8000, reading(2, 100), 8001, reading(3, 10)), false)
                .next(Map.of(8000, reading(0, 102)), false);
        assertThat(ledger.inFlight()).isEqualTo(3);
        assertThat(ledger.gone()).isEqualTo(new RequestCounts(5, 0, 2, 0, 3, 0));
    }

    @Test
    void an_engine_heard_late_brings_its_requests_with_it() {
        PodLedger ledger = PodLedger.EMPTY
                .next(Map.of(8000, reading(2, 100)), false)
                .next(Map.of(8000, reading(2, 100), 8001, reading(3, 10)), false);
        assertThat(ledger.gone()).isEqualTo(new RequestCounts(5, 0, 0, 0, 5, 0));
    }

    @Test
    void after_a_restart_of_the_agent_the_count_goes_on_from_the_notice_over_all_engines() {
        PodLedger ledger = PodLedger.resumed(new Baseline(5, 110, 0));
        assertThat(ledger.gone()).isEqualTo(new RequestCounts(5, 0, 0, 0, 5, 0));
        ledger = ledger.next(Map.of(8000, reading(1, 102), 8001, reading(2, 11)), false);
        assertThat(ledger.gone()).isEqualTo(new RequestCounts(5, 1, 3, 0, 3, 0));
        ledger = ledger.next(Map.of(8000, reading(0, 103), 8001, reading(0, 13)), false);
        assertThat(ledger.gone()).isEqualTo(new RequestCounts(5, 1, 6, 0, 0, 0));
    }
}
