package dev.lastcall.support.kubelet;

import java.util.concurrent.CompletableFuture;

/** One started container. Neither signal may block: what they cause shows in {@link #exited()}. */
public interface RunningProgram {

    /** SIGTERM: asks the program to end; it may take its time or ignore this. */
    void terminate();

    /** SIGKILL: the program is gone when this returns, its sockets closed. */
    void kill();

    /** Completes with the exit code when the program has ended, for whatever reason. */
    CompletableFuture<Integer> exited();
}
