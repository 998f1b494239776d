package dev.lastcall.fragmentation;

import java.util.function.Function;

/**
 * A value made from something outside (a driver's answer, a user's setting), or the one line that says why there is
 * none.
 */
public sealed interface Checked<T> {

    /** The input made sense. */
    record Valid<T>(T value) implements Checked<T> {}

    /** It did not; {@code reason} names what was wrong and fits on one line. */
    record Invalid<T>(String reason) implements Checked<T> {}

    /** The value, or an exception of the caller's making that carries the reason. */
    default <X extends RuntimeException> T orThrow(Function<String, X> exception) {
        return switch (this) {
            case Valid<T>(T value) -> value;
            case Invalid<T>(String reason) -> throw exception.apply(reason);
        };
    }
}
