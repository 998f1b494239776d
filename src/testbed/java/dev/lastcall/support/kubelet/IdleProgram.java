package dev.lastcall.support.kubelet;

import java.util.concurrent.CompletableFuture;

/** Does nothing and ends at once, with exit code 0, when asked to. */
public final class IdleProgram implements PodProgram {

    @Override
    public RunningProgram start(PodContext context) {
        CompletableFuture<Integer> exited = new CompletableFuture<>();
        return new RunningProgram() {
            @Override
            public void terminate() {
                exited.complete(0);
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
