package dev.lastcall.support.kubelet;

import java.util.concurrent.CompletableFuture;

/** Does nothing and does not end when asked to: only SIGKILL ends it (exit code 137). */
public final class StubbornProgram implements PodProgram {

    @Override
    public RunningProgram start(PodContext context) {
        CompletableFuture<Integer> exited = new CompletableFuture<>();
        return new RunningProgram() {
            @Override
            public void terminate() {
                // The point of this program.
            }

            @Override
            public void kill() {
                exited.complete(137);
            }

            @Override
            public CompletableFuture<Integer> exited() {
                return exited;
            }
        };
    }
}
