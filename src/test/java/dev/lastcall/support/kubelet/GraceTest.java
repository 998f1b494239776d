package dev.lastcall.support.kubelet;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A grace period that could grow, or start anew on every look at the pod, would keep doomed pods alive. */
class GraceTest {

    @Test
    void a_longer_period_does_not_extend_it() {
        Grace grace = new Grace(60);
        grace.shorten(3600);
        assertThat(grace.left()).isLessThanOrEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void a_shorter_period_counts_from_now() {
        Grace grace = new Grace(3600);
        grace.shorten(60);
        assertThat(grace.left()).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(60));
    }

    @Test
    void reading_the_same_period_again_changes_nothing() {
        Grace grace = new Grace(60);
        Duration before = grace.left();
        grace.shorten(60);
        assertThat(grace.left()).isLessThanOrEqualTo(before);
    }

    @Test
    void a_forced_deletion_still_leaves_a_second() {
        assertThat(new Grace(0).left()).isBetween(Duration.ofNanos(1), Duration.ofSeconds(1));
    }

    @Test
    void what_is_done_is_not_waited_for() throws InterruptedException {
        assertThat(new Grace(3600).await(CompletableFuture.completedFuture(0), Duration.ofHours(1)))
                .isTrue();
    }

    @Test
    void waiting_ends_when_a_second_delete_cuts_the_grace() throws InterruptedException {
        Grace grace = new Grace(3600);
        Thread cutter = Thread.ofVirtual().start(() -> grace.shorten(1));
        assertThat(grace.await(new CompletableFuture<>(), Duration.ZERO)).isFalse();
        cutter.join();
    }
}
