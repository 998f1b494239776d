package dev.lastcall.pipeline;

import dev.lastcall.notice.NoticeSource;
import dev.lastcall.notice.Observation;
import dev.lastcall.notice.PollPlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Sources that share one connection and so one thread: asked one after the other, each when it is due. A source that
 * fails backs off alone.
 */
final class SourceGroup implements Runnable {

    /** Told of every reading, on the group's thread, before the next question is asked. */
    @FunctionalInterface
    interface Listener {
        void observed(NoticeSource.Polled source, Observation observation);
    }

    private final String name;
    private final Listener listener;
    private final RandomGenerator random;
    private final List<Turn> turns = new ArrayList<>();

    private static final class Turn {
        private final NoticeSource.Polled source;
        private int failures;
        private long dueNanos;

        Turn(NoticeSource.Polled source, long now) {
            this.source = source;
            this.dueNanos = now;
        }

        /** Asked for each time: a long poll's interval depends on whether the last question was held. */
        PollPlan plan() {
            return new PollPlan(source.interval(), source.id().cloud().longestBackOff());
        }
    }

    SourceGroup(String name, List<NoticeSource.Polled> sources, Listener listener, RandomGenerator random) {
        this.name = name;
        this.listener = listener;
        this.random = random;
        sources.forEach(source -> turns.add(new Turn(source, System.nanoTime())));
    }

    String name() {
        return name;
    }

    /** Asks until interrupted. */
    @Override
    public void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                for (Turn turn : turns) {
                    if (turn.dueNanos - System.nanoTime() <= 0) {
                        take(turn);
                    }
                }
                long next = turns.stream()
                        .mapToLong(turn -> turn.dueNanos - System.nanoTime())
                        .min()
                        .orElse(Long.MAX_VALUE);
                Thread.sleep(Duration.ofNanos(Math.max(0, next)));
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private void take(Turn turn) throws InterruptedException {
        long asked = System.nanoTime();
        Observation observation;
        try {
            observation = turn.source.poll();
        } catch (RuntimeException unforeseen) {
            // A source never takes the others, or the process, down with it.
            observation = new Observation.Failed("io", unforeseen.getClass().getSimpleName());
        }
        listener.observed(turn.source, observation);
        turn.failures = observation instanceof Observation.Failed ? turn.failures + 1 : 0;
        Duration pause = turn.plan().pauseAfter(observation, turn.failures, random);
        // The interval runs from question to question, a back-off from the failure.
        long from = turn.failures == 0 ? asked : System.nanoTime();
        turn.dueNanos = from + pause.toNanos();
    }
}
