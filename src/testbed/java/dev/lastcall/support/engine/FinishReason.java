package dev.lastcall.support.engine;

import java.util.Locale;

/** Why the engine counts a request as ended: the values of label {@code finished_reason}. */
public enum FinishReason {
    STOP,
    LENGTH,
    ABORT,
    ERROR,
    REPETITION;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
