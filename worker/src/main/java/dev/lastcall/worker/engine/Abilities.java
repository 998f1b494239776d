package dev.lastcall.worker.engine;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** What this worker has learnt of its engine; each lack is said once. */
final class Abilities {

    private final Consumer<String> say;
    private final AtomicBoolean noTokenIds = new AtomicBoolean();
    private final AtomicBoolean noPriority = new AtomicBoolean();

    Abilities(Consumer<String> say) {
        this.say = say;
    }

    boolean tokenIds() {
        return !noTokenIds.get();
    }

    boolean priority() {
        return !noPriority.get();
    }

    void lacksTokenIds(String how) {
        if (noTokenIds.compareAndSet(false, true)) {
            say.accept("the engine gives no token ids (" + how
                    + "): no checkpoints; a generation that is cut off starts from zero");
        }
    }

    void lacksPriority(String how) {
        if (noPriority.compareAndSet(false, true)) {
            say.accept("the engine takes no priority (" + how + "): requests go out without");
        }
    }
}
