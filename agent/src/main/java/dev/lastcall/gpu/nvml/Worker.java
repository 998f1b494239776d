package dev.lastcall.gpu.nvml;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A platform thread of its own for calls that may never return. Whoever waits gives up when one call overruns its deadline;
 * the thread stays in the call, and until it is back nothing else is given to it.
 *
 * <p>One thread at a time may use it: the one that holds the lock of {@link NvmlGpuReader}. The task runs on the worker's own
 * thread and shares with the waiting one only its {@link Future} and {@link Calls#current}.
 */
final class Worker implements AutoCloseable {

    /** How a task ended, seen from the one who waited. */
    sealed interface Outcome<T> {
        record Returned<T>(T value) implements Outcome<T> {}

        record Threw<T>(Throwable cause) implements Outcome<T> {}

        /** @param fresh true the first time this call is seen to overrun */
        record Hung<T>(String function, boolean fresh) implements Outcome<T> {}
    }

    /** Many calls that are each just in time must not hold up a scan for ever. */
    private static final int CALLS_WORTH = 3;

    private final Calls calls;
    private final long deadlineNanos;
    private final ExecutorService thread;
    private @Nullable Future<?> running;
    private final LongSupplier nanos;
    private long startedNanos;
    private boolean hung;

    Worker(String name, Calls calls, Duration deadline) {
        this(name, calls, deadline, System::nanoTime);
    }

    Worker(String name, Calls calls, Duration deadline, LongSupplier nanos) {
        this.nanos = nanos;
        this.calls = calls;
        this.deadlineNanos = deadline.toNanos();
        this.thread = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name(name).factory());
    }

    Calls calls() {
        return calls;
    }

    /** Whether the thread is still in a call that somebody gave up waiting for. */
    boolean stuck() {
        Future<?> task = running;
        return task != null && !task.isDone();
    }

    /** Starts a task unless the thread is stuck; wait for it with {@link #await}. */
    <T> @Nullable Future<T> start(Callable<T> task) {
        if (stuck()) {
            return null;
        }
        hung = false;
        startedNanos = nanos.getAsLong();
        Future<T> started = thread.submit(task);
        running = started;
        return started;
    }

    /**
     * Time counts from the start of the task, not from this call: workers started together and waited for in turn have one
     * deadline in common.
     *
     * @param task from {@link #start}; null = the thread was stuck already
     */
    <T> Outcome<T> await(@Nullable Future<T> task) throws InterruptedException {
        if (task == null) {
            return overrun();
        }
        while (true) {
            long now = nanos.getAsLong();
            Calls.Call call = calls.current();
            long callLeft = call == null ? deadlineNanos : call.startedNanos() + deadlineNanos - now;
            long taskLeft = startedNanos + CALLS_WORTH * deadlineNanos - now;
            if (!task.isDone() && (callLeft <= 0 || taskLeft <= 0)) {
                return overrun();
            }
            try {
                return new Outcome.Returned<>(
                        task.get(Math.max(Math.min(callLeft, taskLeft), 1_000_000), TimeUnit.NANOSECONDS));
            } catch (ExecutionException failed) {
                Throwable cause = failed.getCause();
                return new Outcome.Threw<>(cause == null ? failed : cause);
            } catch (TimeoutException _) {
                // looked at again: it may be in another call by now
            }
        }
    }

    <T> Outcome<T> run(Callable<T> task) throws InterruptedException {
        return await(start(task));
    }

    private <T> Outcome<T> overrun() {
        Calls.Call call = calls.current();
        boolean first = !hung;
        hung = true;
        return new Outcome.Hung<>(call == null ? "a scan" : call.function(), first);
    }

    @Override
    public void close() {
        thread.shutdown();
    }
}
