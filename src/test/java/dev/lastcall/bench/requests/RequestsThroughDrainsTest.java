package dev.lastcall.bench.requests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A part of the grid that holds every engine, router, notice, length and group; the bench walks all of it. */
class RequestsThroughDrainsTest {
    private static final int EVERY = 13;

    private static List<Cell> cells;
    private static List<TrialResult> drained;

    @BeforeAll
    static void walk() {
        List<Cell> all = Cell.grid();
        cells = IntStream.range(0, all.size())
                .filter(i -> i % EVERY == 0)
                .mapToObj(all::get)
                .toList();
        drained = RequestsThroughDrains.all(cells, Drainer.LASTCALL);
    }

    @Test
    void the_grid_has_ten_thousand_requests() {
        assertThat(Cell.grid().size() * Trial.REQUESTS).isGreaterThanOrEqualTo(10_000);
        assertThat(cells).extracting(Cell::engine).contains(EngineModel.values());
        assertThat(cells).extracting(Cell::way).contains(Way.values());
    }

    @Test
    void nothing_is_lost_that_could_have_finished() {
        assertThat(drained).filteredOn(result -> result.needlessly() > 0).isEmpty();
    }

    @Test
    void the_reports_say_what_the_clients_know() {
        assertThat(drained).filteredOn(result -> !result.ledgerIsTrue()).isEmpty();
    }

    @Test
    void somebody_is_in_rotation_until_the_last_moment_at_which_one_may_leave() {
        assertThat(drained).filteredOn(result -> !result.empty().isZero()).isEmpty();
    }

    @Test
    void every_request_has_one_end() {
        assertThat(drained)
                .allSatisfy(result -> assertThat(result.finished() + result.lost() + result.turnedAway())
                        .isEqualTo(result.requests()));
    }

    /** Else the trial could not tell a good drain from a bad one. */
    @Test
    void the_same_requests_are_lost_where_pods_are_evicted_at_once() {
        List<TrialResult> evicted = RequestsThroughDrains.all(cells, Drainer.EVICT_AT_ONCE);
        assertThat(evicted.stream().mapToInt(TrialResult::needlessly).sum()).isPositive();
        assertThat(evicted).anySatisfy(result -> assertThat(result.nobody()).isPositive());
    }
}
