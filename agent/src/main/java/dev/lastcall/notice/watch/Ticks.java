package dev.lastcall.notice.watch;

import java.time.Duration;

/** When the watch looks at what time alone has changed: what is due, what is over, who is blind. A test steps it. */
@FunctionalInterface
public interface Ticks {

    /** Returns at the next one. */
    void next() throws InterruptedException;

    static Ticks every(Duration pause) {
        return () -> Thread.sleep(pause);
    }
}
