package dev.lastcall.drain.run;

import java.util.function.Consumer;

/** A net under a thread of a drain: what it can't go on with is said by name, and its owner decides what follows. */
final class Guarded {
    /** What a thread does; an interrupt ends it without further ado. */
    interface Body {
        void run() throws InterruptedException;
    }

    private Guarded() {}

    /**
     * @param onDefect called with a defect of this agent, never of an interrupt
     * @return false where the body ended by a defect
     */
    static boolean run(Body body, Consumer<Throwable> onDefect) {
        try {
            body.run();
            return true;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return true;
        } catch (RuntimeException | Error defect) {
            onDefect.accept(defect);
            return false;
        }
    }

    /** The defect and where it was raised, in one line. */
    static String described(Throwable defect) {
        StackTraceElement[] stack = defect.getStackTrace();
        return defect + (stack.length == 0 ? "" : " at " + stack[0]);
    }
}
