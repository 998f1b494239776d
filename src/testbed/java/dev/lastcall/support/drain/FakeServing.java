package dev.lastcall.support.drain;

import dev.lastcall.drain.DrainRecord.Baseline;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.RequestCounts;
import dev.lastcall.drain.ServingSide;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Serving pods whose engines are busy until a test says otherwise. */
public final class FakeServing implements ServingSide {
    public final List<String> withdrawn = new CopyOnWriteArrayList<>();
    public final List<String> restored = new CopyOnWriteArrayList<>();
    /** Pods for which something was allowed that nobody can undo, such as taking them from their ReplicaSet. */
    public final Set<String> allowedForGood = ConcurrentHashMap.newKeySet();

    private final Map<String, Engine> engines = new ConcurrentHashMap<>();
    private volatile Duration use = Duration.ZERO;
    private volatile boolean visibleToRouters = true;
    private volatile boolean detaching;
    private final Set<String> silent = ConcurrentHashMap.newKeySet();
    private final Set<String> defective = ConcurrentHashMap.newKeySet();
    private volatile boolean last;
    private volatile @Nullable Duration requestTime;
    private volatile @Nullable Duration allTake;
    private final Set<String> closed = ConcurrentHashMap.newKeySet();

    /** What every engine can finish after its signal. */
    public FakeServing use(Duration other) {
        use = other;
        return this;
    }

    /** A withdrawal takes the pod from its ReplicaSet. */
    public FakeServing detaching() {
        detaching = true;
        return this;
    }

    public FakeServing unrouted() {
        visibleToRouters = false;
        return this;
    }

    /** This pod's engine never answers. */
    public FakeServing silent(String pod) {
        silent.add(pod);
        return this;
    }

    /** Whoever withdraws this pod or asks its engine runs into a defect. */
    public FakeServing defective(String pod) {
        defective.add(pod);
        return this;
    }

    private void check(String pod) {
        if (defective.contains(pod)) {
            throw new IllegalStateException("a defect, on purpose");
        }
    }

    /** Nothing is in flight at this pod any more. */
    public void idle(String pod) {
        engine(pod).idle = true;
        engine(pod).changed.run();
    }

    public boolean signalled(String pod) {
        return engine(pod).signalled;
    }

    public boolean watches(String pod) {
        return engines.containsKey(pod);
    }

    private Engine engine(String pod) {
        return java.util.Objects.requireNonNull(engines.get(pod), pod);
    }

    @Override
    public boolean serves(PodView pod) {
        return pod.labels().containsKey("lastcall.dev/engine");
    }

    @Override
    public Duration settle() {
        return Duration.ofMillis(50);
    }

    @Override
    public Withdrawal withdraw(PodView pod, @Nullable Instant deadline, boolean noticeIsFinal) {
        check(pod.ref().name());
        withdrawn.add(pod.ref().name());
        allowForGood(pod, noticeIsFinal);
        return new Withdrawal(List.of("label"), visibleToRouters, null, null);
    }

    private void allowForGood(PodView pod, boolean noticeIsFinal) {
        if (noticeIsFinal) {
            allowedForGood.add(pod.ref().name());
        }
    }

    @Override
    public boolean marked(PodView pod) {
        return withdrawn.contains(pod.ref().name())
                && !restored.contains(pod.ref().name());
    }

    @Override
    public Restored restore(PodView pod, BooleanSupplier still) {
        if (detaching) {
            return Restored.DETACHED;
        }
        restored.add(pod.ref().name());
        return Restored.HOLDS;
    }

    @Override
    public boolean admit(List<PodView> latest, BooleanSupplier still) {
        return true;
    }

    /** What the engines' histograms say. */
    public FakeServing requestTime(Duration p99) {
        requestTime = p99;
        return this;
    }

    /** Every request of every engine takes this long, and is anywhere in its course. */
    public FakeServing allTake(Duration time) {
        allTake = time;
        return requestTime(time);
    }

    /** Nobody reads this pod's engine any more. */
    public boolean closed(String pod) {
        return closed.contains(pod);
    }

    /** While true every pod is one of the last that serve. */
    public FakeServing last(boolean now) {
        last = now;
        return this;
    }

    @Override
    public Rotation rotation(PodView pod) {
        return new Rotation() {
            @Override
            public Stay ask(Instant deadline, boolean noticeIsFinal) {
                allowForGood(pod, noticeIsFinal);
                return last ? new Stay.ServeOn("nobody else serves") : new Stay.Leave("others serve");
            }

            @Override
            public List<String> stillRouted() {
                return List.of();
            }
        };
    }

    @Override
    public Watched watch(PodView pod, Optional<Baseline> baseline, Runnable changed) {
        Engine engine = new Engine(pod.ref().name(), changed);
        engines.put(pod.ref().name(), engine);
        return engine;
    }

    private final class Engine implements Watched {
        private final String pod;
        private final Runnable changed;
        private volatile boolean idle;
        private volatile boolean signalled;

        Engine(String pod, Runnable changed) {
            this.pod = pod;
            this.changed = changed;
        }

        @Override
        public Optional<Baseline> baseline() {
            return silent.contains(pod) ? Optional.empty() : Optional.of(new Baseline(2, 10, 0));
        }

        @Override
        public Optional<Long> inFlight() {
            return silent.contains(pod) ? Optional.empty() : Optional.of(idle ? 0L : 2L);
        }

        @Override
        public Optional<Duration> requestTime() {
            return Optional.ofNullable(requestTime);
        }

        @Override
        public OptionalDouble endingWithin(Duration left) {
            Duration whole = allTake;
            return whole == null
                    ? OptionalDouble.empty()
                    : OptionalDouble.of(Math.clamp((double) left.toMillis() / whole.toMillis(), 0, 1));
        }

        @Override
        public boolean idle() {
            return idle;
        }

        @Override
        public void startCountingIdleReads() {}

        @Override
        public Duration finishTimeAfterSignal() {
            check(pod);
            return use;
        }

        @Override
        public void readOnceMore() {}

        @Override
        public void signalled() {
            signalled = true;
        }

        @Override
        public Tally gone() {
            check(pod);
            if (silent.contains(pod)) {
                return new Tally(false, RequestCounts.NONE, null);
            }
            return new Tally(
                    true,
                    idle ? new RequestCounts(2, 0, 2, 0, 0, 0) : new RequestCounts(2, 0, 0, 0, 2, 0),
                    Duration.ofMillis(10));
        }

        @Override
        public Tally tally() {
            check(pod);
            if (silent.contains(pod)) {
                return new Tally(false, RequestCounts.NONE, null);
            }
            return new Tally(true, new RequestCounts(2, 0, idle ? 2 : 0, 0, 0, 0), Duration.ofMillis(10));
        }

        @Override
        public void close() {
            closed.add(pod);
        }
    }
}
