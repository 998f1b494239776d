package dev.lastcall.notice.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.notice.NoticeSource;
import dev.lastcall.notice.Observation;
import dev.lastcall.notice.SourceId;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SourceGroupTest {

    /** Answers at once, five times without a pause, then with a long one. */
    private static final class Restless implements NoticeSource.Polled {
        private final AtomicInteger polls = new AtomicInteger();

        @Override
        public SourceId id() {
            return SourceId.GCP_PREEMPTED;
        }

        @Override
        public Observation poll() {
            polls.incrementAndGet();
            return new Observation.Nothing();
        }

        @Override
        public Duration interval() {
            return polls.get() < 5 ? Duration.ZERO : Duration.ofHours(1);
        }
    }

    /** Throws what no source should. */
    private static final class Broken implements NoticeSource.Polled {
        @Override
        public SourceId id() {
            return SourceId.AWS_SPOT;
        }

        @Override
        public Observation poll() {
            throw new IllegalStateException("a defect");
        }

        @Override
        public Duration interval() {
            return Duration.ofMillis(10);
        }
    }

    @Test
    void the_pause_is_the_one_the_source_wants_after_this_answer() throws Exception {
        Restless source = new Restless();
        Thread thread = Thread.ofVirtual()
                .start(new SourceGroup("g", List.of(source), (from, seen) -> {}, new SplittableRandom(1)));
        await().until(() -> source.polls.get() == 5);
        await().during(Duration.ofMillis(300)).until(() -> source.polls.get() == 5);
        thread.interrupt();
        thread.join();
    }

    /** Never answers. */
    private static final class Silent implements NoticeSource.Polled {
        private final AtomicInteger polls = new AtomicInteger();

        @Override
        public SourceId id() {
            return SourceId.AWS_EVENTS;
        }

        @Override
        public Observation poll() throws InterruptedException {
            polls.incrementAndGet();
            new CountDownLatch(1).await();
            throw new IllegalStateException("nobody counts down");
        }

        @Override
        public Duration interval() {
            return Duration.ofMillis(10);
        }
    }

    /** Answers at once, again and again. */
    private record Steady(SourceId id, AtomicInteger polls) implements NoticeSource.Polled {
        @Override
        public Observation poll() {
            polls.incrementAndGet();
            return new Observation.Nothing();
        }

        @Override
        public Duration interval() {
            return Duration.ofMillis(10);
        }
    }

    @Test
    void a_question_that_is_never_answered_holds_up_no_other_and_is_not_put_twice() throws Exception {
        Steady before = new Steady(SourceId.AWS_SPOT, new AtomicInteger());
        Silent silent = new Silent();
        Steady behind = new Steady(SourceId.AWS_ASG, new AtomicInteger());
        Thread thread = Thread.ofVirtual()
                .start(new SourceGroup(
                        "g", List.of(before, silent, behind), (from, seen) -> {}, new SplittableRandom(1)));
        await().until(() -> before.polls().get() > 20 && behind.polls().get() > 20);
        assertThat(silent.polls.get()).isEqualTo(1);
        thread.interrupt();
        thread.join();
    }

    @Test
    void a_reading_that_nobody_can_take_starves_no_source_behind_it() throws Exception {
        Steady refused = new Steady(SourceId.AWS_SPOT, new AtomicInteger());
        Steady behind = new Steady(SourceId.AWS_ASG, new AtomicInteger());
        Thread thread = Thread.ofVirtual()
                .start(new SourceGroup(
                        "g",
                        List.of(refused, behind),
                        (from, seen) -> {
                            if (from.id() == SourceId.AWS_SPOT) {
                                throw new IllegalStateException("a defect behind the reading");
                            }
                        },
                        new SplittableRandom(1)));
        await().until(() -> refused.polls().get() > 5 && behind.polls().get() > 5);
        thread.interrupt();
        thread.join();
    }

    @Test
    void a_source_with_a_defect_counts_as_failed_and_stops_no_other() throws Exception {
        Restless healthy = new Restless();
        List<Observation> failures = new CopyOnWriteArrayList<>();
        SourceGroup group = new SourceGroup(
                "g",
                List.of(new Broken(), healthy),
                (from, seen) -> {
                    if (seen instanceof Observation.Failed) {
                        failures.add(seen);
                    }
                },
                new SplittableRandom(1));
        Thread thread = Thread.ofVirtual().start(group);
        await().until(() -> failures.size() >= 2 && healthy.polls.get() == 5);
        assertThat(thread.isAlive()).isTrue();
        thread.interrupt();
        thread.join();
    }
}
