package dev.lastcall.support.kubelet;

import java.util.concurrent.CompletableFuture;

/** Ends by itself, with exit code 0, before anybody could ask it to. */
final class BriefProgram implements PodProgram {

    @Override
    public RunningProgram start(PodContext context) {
        return new RunningProgram() {
            @Override
            public void terminate() {
                // It has ended already.
            }

            @Override
            public void kill() {
                // It has ended already.
            }

            @Override
            public CompletableFuture<Integer> exited() {
                return CompletableFuture.completedFuture(0);
            }
        };
    }
}
