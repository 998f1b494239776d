package dev.lastcall.notice.watch;

import dev.lastcall.notice.NoticeSource;
import dev.lastcall.notice.Observation;
import dev.lastcall.notice.PollPlan;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import java.util.random.RandomGenerator.SplittableGenerator;
import org.jboss.logging.Logger;

/**
 * Sources of one service, asked in rounds, one after the other, so that they share one connection while it answers. No
 * question waits for an answer that does not come: the next round starts on time, passes by what still hangs, and asks the
 * others over a connection of its own. A source that fails backs off alone.
 */
public final class SourceGroup implements Runnable {

    private static final Logger LOG = Logger.getLogger(SourceGroup.class);

    /** Called with every reading, on the thread that read it, before the same source is asked again. */
    @FunctionalInterface
    public interface Listener {
        void observed(NoticeSource.Polled source, Observation observation);
    }

    /** How long a round is given where a source names no interval, as a long poll that is held. */
    private static final Duration WITHOUT_INTERVAL = Duration.ofSeconds(1);

    private final String name;
    private final Listener listener;
    private final long origin = System.nanoTime();
    private final List<Turn> turns;
    private final Semaphore answers = new Semaphore(0);

    private static final class Turn {
        private final NoticeSource.Polled source;
        private final RandomGenerator random;
        private final AtomicBoolean asking = new AtomicBoolean();
        private int failures;
        private boolean refused;
        private volatile long dueNanos;

        Turn(NoticeSource.Polled source, RandomGenerator random, long now) {
            this.source = source;
            this.random = random;
            this.dueNanos = now;
        }

        /** Asked for each time: a long poll's interval depends on whether the last question was held. */
        PollPlan plan() {
            return new PollPlan(source.interval(), source.id().cloud().longestBackOff());
        }

        boolean isDueBy(long nanos) {
            return dueNanos - nanos <= 0;
        }
    }

    public SourceGroup(String name, List<NoticeSource.Polled> sources, Listener listener, SplittableGenerator random) {
        this.name = name;
        this.listener = listener;
        this.turns = sources.stream()
                .map(source -> new Turn(source, random.split(), origin))
                .toList();
    }

    String name() {
        return name;
    }

    List<NoticeSource.Polled> sources() {
        return turns.stream().map(turn -> turn.source).toList();
    }

    /** Starts rounds until interrupted. */
    @Override
    public void run() {
        ExecutorService rounds =
                Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name(name).factory());
        try {
            while (true) {
                long round = System.nanoTime();
                if (turns.stream().anyMatch(turn -> turn.isDueBy(round) && !turn.asking.get())) {
                    rounds.execute(() -> ask(round));
                }
                awaitRoundAfter(round);
            }
        } catch (InterruptedException stopped) {
            end(rounds);
            Thread.currentThread().interrupt();
        }
    }

    private static void end(ExecutorService rounds) {
        rounds.shutdownNow();
        try {
            var _ = rounds.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException again) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitRoundAfter(long round) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        long left;
        while ((left = nextRound(round) - System.nanoTime()) > 0) {
            // An answer may bring the next round forward: until then it is not known when its source is due again.
            if (answers.tryAcquire(left, TimeUnit.NANOSECONDS)) {
                var _ = answers.drainPermits();
            }
        }
    }

    /** When the earliest source is due that this round has answered; what it has not gets one interval. */
    private long nextRound(long round) {
        long next = Long.MAX_VALUE;
        for (Turn turn : turns) {
            boolean pending = turn.asking.get() || turn.isDueBy(round);
            long due = pending ? round + patience(turn).toNanos() : turn.dueNanos;
            next = next == Long.MAX_VALUE || due - next < 0 ? due : next;
        }
        return next;
    }

    private static Duration patience(Turn turn) {
        Duration interval = turn.source.interval();
        return interval.isZero() ? WITHOUT_INTERVAL : interval;
    }

    private void ask(long round) {
        try {
            for (Turn turn : turns) {
                if (turn.isDueBy(round) && turn.asking.compareAndSet(false, true)) {
                    take(turn, round);
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private void take(Turn turn, long round) throws InterruptedException {
        try {
            Observation observation;
            try {
                observation = turn.source.poll();
            } catch (RuntimeException unforeseen) {
                // A source never takes the others, or the process, down with it.
                observation = new Observation.Failed("io", unforeseen.getClass().getSimpleName());
            }
            tell(turn, observation);
            turn.failures = observation instanceof Observation.Failed ? turn.failures + 1 : 0;
            Duration pause = turn.plan().pauseAfter(observation, turn.failures, turn.random);
            turn.dueNanos = turn.failures == 0 ? nextTick(round, pause.toNanos()) : System.nanoTime() + pause.toNanos();
        } finally {
            turn.asking.set(false);
            answers.release();
        }
    }

    /** What a reading leads to may fail; the sources behind this one are asked all the same. */
    private void tell(Turn turn, Observation observation) {
        try {
            listener.observed(turn.source, observation);
            turn.refused = false;
        } catch (RuntimeException defect) {
            if (!turn.refused) {
                LOG.errorf(
                        defect,
                        "a reading of %s was not taken",
                        turn.source.id().label());
            }
            turn.refused = true;
        }
    }

    /** Intervals are counted from the start, so that sources which backed off find into step with the others again. */
    private long nextTick(long round, long interval) {
        if (interval == 0) {
            return System.nanoTime();
        }
        long ticks = (round - origin + interval / 2) / interval + 1;
        return origin + ticks * interval;
    }
}
