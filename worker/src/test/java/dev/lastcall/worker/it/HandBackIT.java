package dev.lastcall.worker.it;

import static dev.lastcall.worker.it.Scene.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.worker.support.OpenAiEngine;
import dev.lastcall.worker.support.Queue;
import dev.lastcall.worker.support.WorkerProcess;
import org.junit.jupiter.api.Test;

/** SIGTERM: what can finish does, the rest goes back without waiting for a lease. */
class HandBackIT {

    @Test
    void a_job_that_can_not_finish_in_time_is_handed_back_long_before_its_lease_would_lapse() {
        try (Scene scene = new Scene()) {
            scene.engine.slowed(50);
            // 100 s to go at this rate; the lease is an hour.
            scene.queue.push(Queue.job("long", "tell", 2000));
            WorkerProcess first = scene.worker("LEASE_SECONDS", "3600", "DRAIN_SECONDS", "30");
            soon().until(() -> scene.redis.number("HEXISTS", "inference-jobs:partial", "long") == 1);
            long asked = System.nanoTime();
            first.terminate();
            soon().until(() -> scene.queue.pending() == 1);
            System.out.printf("handed back %d ms after SIGTERM%n", (System.nanoTime() - asked) / 1_000_000);
            assertThat(first.exitCode()).isZero();
            scene.engine.slowed(0);
            assertThat(scene.worker().exitCode()).isZero();
            assertThat(scene.queue.result("long").path("attempts").intValue()).isEqualTo(1);
            assertThat(scene.queue.result("long").at("/response/choices/0/text").textValue())
                    .isEqualTo(OpenAiEngine.text("tell", 2000));
        }
    }

    @Test
    void a_worker_that_runs_already_goes_on_with_what_is_handed_back_while_the_lease_would_still_hold() {
        try (Scene scene = new Scene()) {
            scene.engine.slowed(50);
            scene.queue.push(Queue.job("long", "tell", 2000));
            WorkerProcess doomed = scene.worker(
                    "ENGINE_API_KEY", "doomed", "LEASE_SECONDS", "3600", "DRAIN_SECONDS", "30", "IDLE_SECONDS", "0");
            soon().until(() -> scene.queue.checkpoint("long") > 0);
            WorkerProcess next = scene.worker("ENGINE_API_KEY", "next", "LEASE_SECONDS", "3600", "IDLE_SECONDS", "0");
            soon().until(() -> next.output().contains("working on "));
            long asked = System.nanoTime();
            doomed.terminate();
            soon().until(() -> scene.engine.requests().size() == 2);
            System.out.printf("delivered again %d ms after SIGTERM%n", (System.nanoTime() - asked) / 1_000_000);

            OpenAiEngine.Seen continuation = scene.engine.requests().getLast();
            assertThat(continuation.authorization()).isEqualTo("Bearer next");
            assertThat(continuation.body().path("prompt").size()).isGreaterThanOrEqualTo("tell".length() + 64);
            assertThat(doomed.exitCode()).isZero();
            assertThat(scene.queue.leased()).isEqualTo(1);
        }
    }

    @Test
    void a_job_that_can_finish_in_time_does_and_nothing_new_is_begun() {
        try (Scene scene = new Scene()) {
            scene.engine.slowed(50);
            scene.queue.push(Queue.job("first", "a", 60), Queue.job("second", "b", 60));
            WorkerProcess worker = scene.worker("CONCURRENCY", "1", "DRAIN_SECONDS", "60");
            soon().until(() -> scene.engine.requests().size() == 1);
            worker.terminate();
            assertThat(worker.exitCode()).isZero();
            assertThat(scene.queue.results()).isEqualTo(1);
            assertThat(scene.queue.pending()).isEqualTo(1);
            assertThat(scene.engine.requests()).hasSize(1);
        }
    }

    @Test
    void what_nobody_can_estimate_is_handed_back_when_the_time_is_over() {
        try (Scene scene = new Scene()) {
            scene.engine.slowed(1000);
            scene.queue.push("{\"id\":\"n2\",\"request\":{\"prompt\":\"p\",\"n\":2,\"max_tokens\":500}}");
            WorkerProcess worker = scene.worker("LEASE_SECONDS", "3600", "DRAIN_SECONDS", "1");
            soon().until(() -> scene.engine.requests().size() == 1);
            worker.terminate();
            assertThat(worker.exitCode()).isZero();
            assertThat(scene.queue.pending()).isEqualTo(1);
            assertThat(scene.queue.leased()).isZero();
        }
    }
}
