package dev.lastcall.support.engine;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One request inside the engine, and the channel through which the engine tells its thread what happens to it. */
final class Sequence {

    enum Signal {
        /** It may start: there was room, or one before it ended. */
        TURN,
        /** The engine process is gone and nobody notices: not a byte from here on. */
        SILENCE,
        /** The engine process is gone and the server found out. */
        ENGINE_DEAD,
        /** The engine dropped it and says so. */
        ABORT,
        /** The client closed its connection. */
        CLIENT_GONE
    }

    private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
    final long arrivedNanos = System.nanoTime();
    final int promptTokens;
    volatile int generated;

    Sequence(int promptTokens) {
        this.promptTokens = promptTokens;
    }

    void signal(Signal signal) {
        signals.add(signal);
    }

    Signal await() throws InterruptedException {
        return signals.take();
    }

    /** Lets time pass; a signal ends that early. Null when the time passed. */
    @Nullable
    Signal pause(long nanos) throws InterruptedException {
        return nanos <= 0 ? signals.poll() : signals.poll(nanos, TimeUnit.NANOSECONDS);
    }
}
