package dev.lastcall.gpu.nvml;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.lastcall.gpu.Reading;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one thread: one piece of native memory that every call writes to, the memory of what this device does not
 * support, and the call under way, which the one who waits for the thread watches.
 *
 * <p>The policy for return codes: not supported (3) and no such function (13) are remembered and not asked again until
 * {@link #forgetUnsupported}; no permission (4) lowers the tier; codes that end the session abort with {@link SessionLost};
 * the rest is a failure of this one reading.
 */
final class Calls {

    private static final int BUFFER = 16 * 1024;

    private final NvmlLibrary library;
    private final ErrorCounts errors;
    private final Memory out = new Memory(BUFFER);
    private final Set<String> unsupported = new HashSet<>();
    private volatile @Nullable Call current;

    /** A call under way. */
    record Call(String function, long startedNanos) {}

    Calls(NvmlLibrary library, ErrorCounts errors) {
        this.library = library;
        this.errors = errors;
    }

    /** The call this thread is in, if it is in one. */
    @Nullable
    Call current() {
        return current;
    }

    /** Memory for results, cleared. Valid until the next use: a call's results are copied out before the next call. */
    Memory buffer() {
        out.clear();
        return out;
    }

    /** The raw return code of a call that asks how far a range goes: that the argument is beyond it is an answer. */
    int probe(String function, Object... arguments) {
        return invoke(function, true, arguments);
    }

    /** The raw return code. */
    int call(String function, Object... arguments) {
        return invoke(function, false, arguments);
    }

    private int invoke(String function, boolean mayBeBeyond, Object... arguments) {
        current = new Call(function, System.nanoTime());
        int code;
        try {
            code = library.call(function, arguments);
        } finally {
            current = null;
        }
        if (!ReturnCode.isAnswer(code) && !(mayBeBeyond && code == ReturnCode.INVALID_ARGUMENT)) {
            errors.failed(function, code);
        }
        if (ReturnCode.endsSession(code)) {
            throw new SessionLost(function, code);
        }
        return code;
    }

    /** One reading; {@code what} tells apart the readings of one function. */
    <T> Reading<T> read(String function, String what, Supplier<T> result, Object... arguments) {
        String key = function + what;
        if (unsupported.contains(key)) {
            return Reading.unsupported();
        }
        int code = call(function, arguments);
        return switch (code) {
            case ReturnCode.SUCCESS -> Reading.of(result.get());
            case ReturnCode.NOT_SUPPORTED, ReturnCode.FUNCTION_NOT_FOUND -> {
                unsupported.add(key);
                yield Reading.unsupported();
            }
            case ReturnCode.NO_PERMISSION -> Reading.noPermission();
            default -> Reading.failed(code);
        };
    }

    /** One reading of something that may go away between two calls: a refusal says nothing about the next one, so it is not kept. */
    <T> Optional<T> ask(String function, Supplier<T> result, Object... arguments) {
        return call(function, arguments) == ReturnCode.SUCCESS ? Optional.of(result.get()) : Optional.empty();
    }

    /** {@link #ask} of a function {@code (device, unsigned*)}. */
    Optional<Integer> askInt(String function, Pointer device) {
        Memory result = buffer();
        return ask(function, () -> result.getInt(0), device, result);
    }

    /** {@link #ask} of a function {@code (device, char*, unsigned length)}. */
    Optional<String> askString(String function, Pointer device, int length) {
        Memory result = buffer();
        return ask(function, () -> text(result, 0, length), device, result, length);
    }

    /** A function {@code (device, unsigned*)}; with all bits set (NVML_VALUE_NOT_AVAILABLE) it is no value. */
    Reading<Integer> readInt(String function, Pointer device) {
        Memory result = buffer();
        return read(function, "", () -> result.getInt(0), device, result).filter(value -> value != -1);
    }

    /** A function {@code (device, unsigned long long*)}; likewise. */
    Reading<Long> readLong(String function, Pointer device) {
        Memory result = buffer();
        return read(function, "", () -> result.getLong(0), device, result).filter(value -> value != -1);
    }

    /** A function {@code (device, char*, unsigned length)}. */
    Reading<String> readString(String function, Pointer device, int length) {
        Memory result = buffer();
        return read(function, "", () -> text(result, 0, length), device, result, length);
    }

    boolean isUnsupported(String key) {
        return unsupported.contains(key);
    }

    void markUnsupported(String key) {
        unsupported.add(key);
    }

    /** What a device supports changes with its MIG mode and instances. */
    void forgetUnsupported() {
        unsupported.clear();
    }

    /** Text in a field of this size, read no further than the field even if nothing terminates it. */
    static String text(Pointer memory, long offset, int size) {
        byte[] bytes = memory.getByteArray(offset, size);
        int end = 0;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        return new String(Arrays.copyOf(bytes, end), StandardCharsets.UTF_8);
    }
}
