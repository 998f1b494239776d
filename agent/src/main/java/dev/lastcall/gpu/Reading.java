package dev.lastcall.gpu;

import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** One quantity as it was read, or why there is none. Only {@link Value} is ever published: unknown is not zero. */
public sealed interface Reading<T> {

    /** The driver answered. */
    record Value<T>(T value) implements Reading<T> {}

    /** This device, or this driver, does not have it. */
    record Unsupported<T>() implements Reading<T> {}

    /** It needs a privilege this process does not have. */
    record NoPermission<T>() implements Reading<T> {}

    /** The driver refused with this return code of its own, for now. */
    record Failed<T>(int code) implements Reading<T> {}

    static <T> Reading<T> of(T value) {
        return new Value<>(value);
    }

    static <T> Reading<T> unsupported() {
        return new Unsupported<>();
    }

    static <T> Reading<T> noPermission() {
        return new NoPermission<>();
    }

    static <T> Reading<T> failed(int code) {
        return new Failed<>(code);
    }

    default Optional<T> optional() {
        return this instanceof Value<T>(T value) ? Optional.of(value) : Optional.empty();
    }

    /** The same, or unsupported where the value is one that no device can have: a driver's way to say "not available". */
    default Reading<T> filter(Predicate<? super T> possible) {
        return this instanceof Value<T>(T value) && !possible.test(value) ? unsupported() : this;
    }

    default <R> Reading<R> map(Function<? super T, ? extends R> change) {
        return switch (this) {
            case Value<T>(T value) -> new Value<>(change.apply(value));
            case Unsupported<T> _ -> new Unsupported<>();
            case NoPermission<T> _ -> new NoPermission<>();
            case Failed<T>(int code) -> new Failed<>(code);
        };
    }
}
