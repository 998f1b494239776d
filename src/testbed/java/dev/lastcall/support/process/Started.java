package dev.lastcall.support.process;

import java.util.ArrayDeque;
import java.util.Deque;

/** What was started, to be closed in reverse: what came later may need what was there before. For one thread. */
public final class Started implements AutoCloseable {
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    /** @return what was given */
    public <T extends AutoCloseable> T keep(T started) {
        open.push(started);
        return started;
    }

    /** Closes everything, whatever fails; the first failure is thrown, with the others attached to it. */
    @Override
    public void close() throws Exception {
        Exception first = null;
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception failed) {
                if (first == null) {
                    first = failed;
                } else {
                    first.addSuppressed(failed);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
