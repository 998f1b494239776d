package dev.lastcall.worker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.redis.datasource.RedisDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The scripts, through the program's own client, against a real Redis. */
@QuarkusTest
@QuarkusTestResource(RedisResource.class)
class JobQueueIT {

    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration OVER = Duration.ofMillis(1);
    private static final String A = "{\"id\":\"a\",\"request\":{}}";
    private static final String B = "{\"id\":\"b\",\"request\":{}}";

    @Inject
    JobQueue queue;

    @Inject
    RedisDataSource redis;

    @BeforeEach
    void empty() {
        redis.execute("FLUSHALL");
    }

    @Test
    void a_claimed_job_is_nobody_elses_and_its_result_is_written_once() {
        queue.submit(List.of(A));
        Claim claim = queue.claim(1, LONG, "w1").jobs().getFirst();
        assertThat(claim.id()).isEqualTo("a");
        assertThat(queue.claim(1, LONG, "w2").jobs()).isEmpty();
        assertThat(queue.ack(claim, "first")).isEqualTo(Written.WRITTEN);
        assertThat(queue.ack(claim, "second")).isEqualTo(Written.THERE_ALREADY);
        assertThat(queue.results()).containsExactly("first");
        assertThat(queue.state().open()).isZero();
    }

    @Test
    void whoever_lost_its_lease_can_change_nothing_any_more() {
        queue.submit(List.of(A));
        Claim stale = queue.claim(1, OVER, "w1").jobs().getFirst();
        Claim fresh = reclaimed();
        assertThat(queue.renew(List.of(stale, fresh), LONG)).containsExactly(stale.token());
        assertThat(queue.ack(stale, "stale")).isEqualTo(Written.LEASE_LOST);
        assertThat(queue.bury(stale, "stale")).isFalse();
        assertThat(queue.release(stale, Kept.NOTHING)).isFalse();
        assertThat(queue.postpone(stale, Kept.NOTHING, OVER, true)).isFalse();
        assertThat(queue.checkpoint(stale, new Kept("p", "q"))).isFalse();
        assertThat(queue.ack(fresh, "fresh")).isEqualTo(Written.WRITTEN);
        assertThat(queue.results()).containsExactly("fresh");
        assertThat(queue.dead()).isEmpty();
    }

    @Test
    void a_job_whose_lease_lapsed_comes_before_those_that_nobody_has_taken_yet() {
        queue.submit(List.of(A, B));
        queue.claim(1, OVER, "w1");
        assertThat(reclaimed().id()).isEqualTo("a");
    }

    @Test
    void what_is_handed_back_is_next_with_what_was_generated_and_its_failures() {
        queue.submit(List.of(A, B));
        Claim claim = queue.claim(1, LONG, "w1").jobs().getFirst();
        assertThat(queue.postpone(claim, Kept.AS_IT_IS, Duration.ZERO, true)).isTrue();
        Claim second = queue.claim(1, LONG, "w2").jobs().getFirst();
        assertThat(second.id()).isEqualTo("a");
        assertThat(second.failures()).isEqualTo(1);
        assertThat(queue.release(second, new Kept("partial", "prompt"))).isTrue();
        Claim third = queue.claim(1, LONG, "w3").jobs().getFirst();
        assertThat(third).isEqualTo(new Claim("a", "w3.1", A, 1, "partial", "prompt", third.at()));
        assertThat(queue.release(third, Kept.NOTHING)).isTrue();
        assertThat(queue.claim(1, LONG, "w4").jobs().getFirst().partial()).isEmpty();
    }

    @Test
    void a_job_that_waits_is_not_claimed_before_its_time_and_counts_as_open() {
        queue.submit(List.of(A));
        queue.postpone(queue.claim(1, LONG, "w1").jobs().getFirst(), Kept.AS_IT_IS, LONG, false);
        assertThat(queue.claim(1, LONG, "w2").jobs()).isEmpty();
        assertThat(queue.state().delayed()).isEqualTo(1);
        assertThat(queue.state().open()).isEqualTo(1);
    }

    @Test
    void a_job_that_is_there_already_is_not_added_again() {
        queue.submit(List.of(A));
        Claim claim = queue.claim(1, LONG, "w1").jobs().getFirst();
        assertThat(queue.submit(List.of(A, B))).isEqualTo(new JobQueue.Submitted(1, 1));
        queue.ack(claim, "r");
        assertThat(queue.submit(List.of(A))).isEqualTo(new JobQueue.Submitted(0, 1));
    }

    private Claim reclaimed() {
        return Awaitility.await()
                .until(() -> queue.claim(1, LONG, "w2").jobs(), jobs -> !jobs.isEmpty())
                .getFirst();
    }
}
