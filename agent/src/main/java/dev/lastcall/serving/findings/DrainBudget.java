package dev.lastcall.serving.findings;

import java.time.Duration;
import java.util.Optional;

/** How much longer than a notice the hand-over of a serving pod takes. */
public final class DrainBudget {

    private DrainBudget() {}

    /**
     * Safety margin + settle + what has to be waited for − window; zero or less fits. To be waited for is a long request
     * (p99), or what the engine itself drains, whichever is shorter: after that it has cut the rest anyway. An engine that
     * can't drain (zero) is waited for by its requests alone.
     *
     * @return empty where neither is known
     */
    public static Optional<Duration> deficit(EngineFacts engine, Terms terms, Window window) {
        Duration p99 = engine.p99();
        Duration capacity = engine.aborts() ? null : engine.capacity();
        if (p99 == null && capacity == null) {
            return Optional.empty();
        }
        Duration wait = p99 == null || capacity != null && capacity.compareTo(p99) < 0 ? capacity : p99;
        return Optional.of(terms.margin()
                .plus(terms.settle())
                .plus(wait == null ? Duration.ZERO : wait)
                .minus(window.length()));
    }
}
