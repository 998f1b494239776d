package dev.lastcall.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The gauges were worked out anew at each event of the watch, on its own thread: on a full node the watch fell seconds behind. */
class AtMostEveryTest {
    private final AtomicInteger runs = new AtomicInteger();

    @Test
    void what_is_asked_for_while_it_runs_is_done_once_and_nobody_waits() throws Exception {
        Semaphore begun = new Semaphore(0);
        Semaphore mayEnd = new Semaphore(0);
        AtMostEvery gauges = new AtMostEvery(Duration.ZERO, () -> {
            runs.incrementAndGet();
            begun.release();
            mayEnd.acquireUninterruptibly();
        });
        gauges.soon();
        begun.acquire();
        for (int i = 0; i < 1_000; i++) {
            gauges.soon();
        }
        mayEnd.release();
        begun.acquire();
        mayEnd.release();
        await().during(Duration.ofMillis(200)).until(() -> runs.get() == 2);
    }

    @Test
    void the_last_request_is_never_forgotten() {
        AtomicInteger asked = new AtomicInteger();
        AtomicInteger shown = new AtomicInteger();
        AtMostEvery gauges = new AtMostEvery(Duration.ZERO, () -> shown.set(asked.get()));
        for (int i = 0; i < 20_000; i++) {
            asked.incrementAndGet();
            gauges.soon();
        }
        await().untilAsserted(() -> assertThat(shown).hasValue(20_000));
    }

    @Test
    void an_action_that_fails_is_tried_again_when_it_is_asked_for_again() {
        AtMostEvery gauges = new AtMostEvery(Duration.ZERO, () -> {
            if (runs.incrementAndGet() == 1) {
                throw new IllegalStateException("the first time");
            }
        });
        gauges.soon();
        await().until(() -> runs.get() == 1);
        gauges.soon();
        await().until(() -> runs.get() == 2);
    }
}
