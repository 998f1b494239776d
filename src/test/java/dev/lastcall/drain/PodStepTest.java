package dev.lastcall.drain;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.PodStep.Delete;
import dev.lastcall.drain.PodStep.Evict;
import dev.lastcall.drain.PodStep.PodState;
import dev.lastcall.drain.PodStep.Wait;
import java.time.Duration;
import java.time.Instant;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Guards the budget: it is overruled only where it refused, only from the force point on, only where that is allowed. */
class PodStepTest {
    private static final Instant T0 = Instant.parse("2026-11-25T10:00:00Z");
    private static final Instant FORCE = T0.plusSeconds(87);
    private final Deadlines deadlines = new Deadlines(T0.plusSeconds(120), T0, ofSeconds(3));

    private static PodState pod(boolean released, int refused, Instant nextTry, boolean mayForce) {
        return new PodState(released, true, tries(refused, nextTry, Instant.MIN), FORCE, mayForce, ofSeconds(30));
    }

    /** Asked after the force point: no pause is cut short. */
    private static EvictionTries tries(int refused, Instant nextTry, Instant nextDelete) {
        return new EvictionTries(refused, refused, FORCE, nextTry, nextDelete, Instant.MIN);
    }

    @Test
    void a_released_pod_is_evicted_with_its_own_grace() {
        assertThat(PodStep.next(pod(true, 0, Instant.MIN, true), deadlines, T0)).isEqualTo(new Evict(ofSeconds(30)));
    }

    @Test
    void a_held_pod_waits_for_its_force_point_and_is_then_asked_first() {
        PodState held = pod(false, 0, Instant.MIN, true);
        assertThat(PodStep.next(held, deadlines, T0)).isEqualTo(new Wait(FORCE));
        assertThat(PodStep.next(held, deadlines, FORCE.minusNanos(1))).isEqualTo(new Wait(FORCE));
        assertThat(PodStep.next(held, deadlines, FORCE)).isEqualTo(new Evict(ofSeconds(30)));
    }

    @Test
    void a_refused_pod_is_asked_again_after_its_pause() {
        Instant later = T0.plusSeconds(1);
        PodState blocked = pod(true, 3, later, true);
        assertThat(PodStep.next(blocked, deadlines, T0)).isEqualTo(new Wait(later));
        assertThat(PodStep.next(blocked, deadlines, later)).isEqualTo(new Evict(ofSeconds(30)));
    }

    @Test
    void a_pause_does_not_put_off_the_force_point() {
        EvictionTries asked = new EvictionTries(3, 3, T0, FORCE.plusSeconds(4), Instant.MIN, Instant.MIN);
        PodState blocked = new PodState(true, true, asked, FORCE, true, ofSeconds(30));
        assertThat(PodStep.next(blocked, deadlines, FORCE.minusSeconds(1))).isEqualTo(new Wait(FORCE));
        assertThat(PodStep.next(blocked, deadlines, FORCE)).isEqualTo(new Delete(ofSeconds(30)));
    }

    @Test
    void without_force_the_budget_is_asked_until_the_end() {
        PodState blocked = pod(true, 9, FORCE.plusSeconds(4), false);
        assertThat(PodStep.next(blocked, deadlines, FORCE.plusSeconds(1))).isEqualTo(new Wait(FORCE.plusSeconds(4)));
        assertThat(PodStep.next(blocked, deadlines, FORCE.plusSeconds(30))).isEqualTo(new Evict(ofSeconds(2)));
    }

    @Test
    void a_deletion_that_failed_waits_for_its_own_pause() {
        Instant next = FORCE.plusSeconds(2);
        PodState failed = new PodState(true, true, tries(1, Instant.MIN, next), FORCE, true, ofSeconds(30));
        assertThat(PodStep.next(failed, deadlines, FORCE)).isEqualTo(new Wait(next));
        assertThat(PodStep.next(failed, deadlines, next)).isInstanceOf(Delete.class);
    }

    @Test
    void a_pause_that_began_before_the_force_point_ends_at_it_and_a_later_one_is_kept() {
        Instant late = FORCE.plusSeconds(4);
        EvictionTries before = new EvictionTries(3, 0, FORCE.minusSeconds(1), late, late, Instant.MIN);
        PodState failed = new PodState(true, true, before, FORCE, true, ofSeconds(30));
        assertThat(PodStep.next(failed, deadlines, FORCE.minusMillis(1))).isEqualTo(new Wait(FORCE));
        assertThat(PodStep.next(failed, deadlines, FORCE)).isInstanceOf(Evict.class);
        EvictionTries after = new EvictionTries(4, 0, FORCE, late, late, Instant.MIN);
        assertThat(PodStep.next(new PodState(true, true, after, FORCE, true, ofSeconds(30)), deadlines, FORCE))
                .isEqualTo(new Wait(late));
    }

    @Test
    void silence_before_the_force_point_is_asked_again_there_and_silence_until_then_is_overruled() {
        EvictionTries early = new EvictionTries(
                2, 0, FORCE.minusSeconds(9), FORCE.plusSeconds(1), Instant.MIN, FORCE.minusSeconds(5));
        PodState once = new PodState(true, true, early, FORCE, true, ofSeconds(30));
        assertThat(PodStep.next(once, deadlines, FORCE)).isInstanceOf(Evict.class);
        EvictionTries until = new EvictionTries(2, 0, FORCE.minusSeconds(9), FORCE.plusSeconds(1), Instant.MIN, FORCE);
        assertThat(PodStep.next(new PodState(true, true, until, FORCE, true, ofSeconds(30)), deadlines, FORCE))
                .isInstanceOf(Delete.class);
        assertThat(PodStep.next(new PodState(true, true, until, FORCE, false, ofSeconds(30)), deadlines, FORCE))
                .as("where force is not allowed it is asked on")
                .isInstanceOf(Evict.class);
    }

    @Test
    void what_another_drainer_has_is_never_asked_for_where_the_notice_is_not_final() {
        PodState theirs = new PodState(false, false, EvictionTries.NONE, FORCE, true, ofSeconds(30));
        assertThat(PodStep.next(theirs, deadlines, T0)).isEqualTo(new Wait(FORCE));
        assertThat(PodStep.next(theirs, deadlines, FORCE)).isEqualTo(new Wait(Instant.MAX));
    }

    @Test
    void no_history_deletes_too_early_too_boldly_or_with_no_grace_and_no_wait_lies_in_the_past() {
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 50_000; i++) {
            Instant now = T0.plusMillis(random.nextLong(130_000));
            PodState pod = new PodState(
                    random.nextBoolean(),
                    random.nextInt(4) != 0,
                    new EvictionTries(
                            3,
                            random.nextInt(3),
                            T0.plusMillis(random.nextLong(130_000)),
                            T0.plusMillis(random.nextLong(130_000)),
                            T0.plusMillis(random.nextLong(130_000)),
                            random.nextInt(3) == 0 ? T0.plusMillis(random.nextLong(130_000)) : Instant.MIN),
                    T0.plusMillis(random.nextLong(120_000)),
                    random.nextBoolean(),
                    Duration.ofMillis(random.nextLong(700_000)));
            PodStep step = PodStep.next(pod, deadlines, now);
            switch (step) {
                case Delete delete -> {
                    assertThat(pod.tries().refused() > 0
                                    || !pod.tries().unanswered().isBefore(pod.forcePoint()))
                            .as("refused, or given up at the force point")
                            .isTrue();
                    assertThat(pod.mayForce()).isTrue();
                    assertThat(now).isAfterOrEqualTo(pod.forcePoint());
                    assertThat(delete.grace()).isGreaterThanOrEqualTo(ofSeconds(1));
                }
                case Evict evict -> {
                    assertThat(pod.released() || !now.isBefore(pod.forcePoint()))
                            .isTrue();
                    assertThat(evict.grace()).isGreaterThanOrEqualTo(ofSeconds(1));
                }
                case Wait wait ->
                    assertThat(wait.until())
                            .as("a wait that ends at once is a busy loop")
                            .isAfter(now);
            }
            if (!pod.ours()) {
                assertThat(step).isInstanceOf(Wait.class);
            }
        }
    }
}
