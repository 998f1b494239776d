package dev.lastcall.support.drain;

import dev.lastcall.drain.run.Waiting;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Time that stands still while anybody has something to do, and jumps to the next moment that somebody waits for when
 * all wait. Two minutes pass in milliseconds; what happens when is told beforehand with {@link #at}.
 */
public final class SteppedTime implements Waiting {
    public static final Instant T0 = Instant.parse("2026-11-25T10:00:00Z");
    /** Of real time: a walk that takes longer hangs in something that is not stepped. */
    private static final Duration STUCK = Duration.ofSeconds(60);

    /** What a thread does; checked exceptions end the walk. */
    public interface Action {
        void run() throws Exception;
    }

    private final class Sleeper {
        private final Instant until;
        private boolean woken;

        Sleeper(Instant until) {
            this.until = until;
        }
    }

    private record Planned(Instant at, long order, Action action) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<Sleeper> sleepers = new ArrayList<>();
    private final PriorityQueue<Planned> plan = new PriorityQueue<>(
            (a, b) -> a.at().equals(b.at()) ? Long.compare(a.order(), b.order()) : a.at().compareTo(b.at()));
    private final List<Throwable> failures = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    /** Written in the lock, read without it: a fake that is asked within a condition may ask for the time in a lock of its own. */
    private volatile Instant now = T0;

    private long planned;
    private int busy;

    @Override
    public Instant now() {
        return now;
    }

    /** How far the time has come. */
    public Duration passed() {
        return Duration.between(T0, now());
    }

    /** Does this at that moment, on a thread of its own: it may wait like any other. */
    public SteppedTime at(Duration after, Action action) {
        lock.lock();
        try {
            plan.add(new Planned(T0.plus(after), planned++, action));
            return this;
        } finally {
            lock.unlock();
        }
    }

    /** Runs this, and all that it starts and that was planned, until nobody has anything left to do. */
    public void walk(Action first) {
        begin("walk", first);
        lock.lock();
        try {
            long left = STUCK.toNanos();
            while (busy > 0 || !sleepers.isEmpty()) {
                if (left <= 0) {
                    throw new AssertionError("stuck at " + Duration.between(T0, now) + " with " + busy
                            + " threads that do not wait: " + stacks());
                }
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
        if (!failures.isEmpty()) {
            throw new AssertionError("a thread of the walk failed", failures.getFirst());
        }
    }

    private String stacks() {
        StringBuilder text = new StringBuilder();
        for (Thread thread : threads) {
            if (thread.isAlive()) {
                text.append("\n").append(thread.getName());
                for (StackTraceElement frame : thread.getStackTrace()) {
                    text.append("\n    ").append(frame);
                }
            }
        }
        return text.toString();
    }

    @Override
    public void start(String name, Runnable body) {
        begin(name, body::run);
    }

    private void begin(String name, Action body) {
        lock.lock();
        try {
            busy++;
            threads.add(Thread.ofVirtual().name(name).start(() -> live(body)));
        } finally {
            lock.unlock();
        }
    }

    private void live(Action body) {
        try {
            body.run();
        } catch (Throwable failure) {
            lock.lock();
            try {
                failures.add(failure);
            } finally {
                lock.unlock();
            }
        } finally {
            lock.lock();
            try {
                busy--;
                step();
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    @Override
    public boolean await(BooleanSupplier condition, Instant until) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!condition.getAsBoolean()) {
                if (!now.isBefore(until)) {
                    return false;
                }
                Sleeper sleeper = new Sleeper(until);
                sleepers.add(sleeper);
                busy--;
                step();
                while (!sleeper.woken) {
                    changed.await();
                }
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void signal() {
        lock.lock();
        try {
            wake(Instant.MAX);
        } finally {
            lock.unlock();
        }
    }

    private void wake(Instant upTo) {
        List<Sleeper> due = sleepers.stream()
                .filter(sleeper -> !sleeper.until.isAfter(upTo))
                .toList();
        sleepers.removeAll(due);
        due.forEach(sleeper -> sleeper.woken = true);
        busy += due.size();
        changed.signalAll();
    }

    /** When all wait: on to the next moment that anybody waits for, what was planned for it first. */
    private void step() {
        while (busy == 0 && !(sleepers.isEmpty() && plan.isEmpty())) {
            Instant next = sleepers.stream()
                    .map(sleeper -> sleeper.until)
                    .min(Instant::compareTo)
                    .orElse(Instant.MAX);
            Planned first = plan.peek();
            if (first != null && !first.at().isAfter(next)) {
                plan.remove();
                now = now.isAfter(first.at()) ? now : first.at();
                begin("planned", first.action());
            } else if (next.equals(Instant.MAX)) {
                // Nobody will ever be woken: the walk shows who.
                changed.signalAll();
                return;
            } else {
                now = next;
                wake(next);
            }
        }
    }
}
