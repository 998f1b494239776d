package dev.lastcall.worker.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.worker.queue.QueueState;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class IdleTest {

    private final Idle idle = new Idle(Duration.ofSeconds(30), Duration.ofSeconds(60));

    @Test
    void an_empty_queue_ends_the_worker_after_the_time_and_not_before() {
        assertThat(idle.over(empty(1000), false)).isFalse();
        assertThat(idle.over(empty(30_999), false)).isFalse();
        assertThat(idle.over(empty(31_000), false)).isTrue();
    }

    @Test
    void work_of_its_own_or_a_job_in_the_queue_starts_the_time_anew() {
        idle.over(empty(0), false);
        assertThat(idle.over(empty(40_000), true)).isFalse();
        assertThat(idle.over(empty(50_000), false)).isFalse();
        assertThat(idle.over(state(60_000, 1, 0, 0, -1), false)).isFalse();
        assertThat(idle.over(empty(70_000), false)).isFalse();
        assertThat(idle.over(empty(100_000), false)).isTrue();
    }

    @Test
    void a_job_that_waits_for_its_delay_keeps_the_worker() {
        idle.over(empty(0), false);
        assertThat(idle.over(state(600_000, 0, 0, 1, -1), false)).isFalse();
    }

    @Test
    void a_lease_that_nobody_has_renewed_keeps_the_worker_since_its_job_comes_back() {
        idle.over(state(0, 0, 1, 0, 50_000), false);
        assertThat(idle.over(state(31_000, 0, 1, 0, 50_000), false)).isFalse();
        assertThat(idle.over(state(31_000, 0, 1, 0, 70_000), false)).isTrue();
    }

    @Test
    void zero_is_never() {
        Idle never = new Idle(Duration.ZERO, Duration.ofSeconds(60));
        never.over(empty(0), false);
        assertThat(never.over(empty(Long.MAX_VALUE / 2), false)).isFalse();
    }

    private static QueueState empty(long now) {
        return state(now, 0, 0, 0, -1);
    }

    private static QueueState state(long now, long pending, long leased, long delayed, long earliest) {
        return new QueueState(now, pending, leased, delayed, 3, 7, earliest);
    }
}
