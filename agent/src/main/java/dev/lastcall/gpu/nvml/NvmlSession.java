package dev.lastcall.gpu.nvml;

import com.sun.jna.Memory;
import dev.lastcall.gpu.ReaderState;
import dev.lastcall.gpu.ReaderState.DriverMismatch;
import dev.lastcall.gpu.ReaderState.DriverNotLoaded;
import dev.lastcall.gpu.ReaderState.Failing;
import dev.lastcall.gpu.ReaderState.LibraryMissing;
import dev.lastcall.gpu.ReaderState.Ready;
import dev.lastcall.gpu.nvml.Worker.Outcome;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The one session with the driver: library, init, shutdown, and the calls that concern no single GPU. Init is costly without
 * persistence mode (seconds), so the session stays open for the life of the process unless the driver ends it. Used under the
 * lock of {@link NvmlGpuReader}.
 */
final class NvmlSession {

    /** NVML_INIT_FLAG_NO_GPUS: success without a single GPU. */
    static final int NO_GPUS = 1;

    private final NvmlOptions options;
    private final ErrorCounts errors;
    private final Defects defects;
    private @Nullable NvmlLibrary library;
    private @Nullable Worker worker;
    private boolean open;

    NvmlSession(NvmlOptions options, ErrorCounts errors, Defects defects) {
        this.options = options;
        this.errors = errors;
        this.defects = defects;
    }

    boolean isOpen() {
        return open;
    }

    boolean stuck() {
        return worker != null && worker.stuck();
    }

    /** The library, once {@link #open} has succeeded. */
    NvmlLibrary library() {
        if (library == null) {
            throw new IllegalStateException("no session");
        }
        return library;
    }

    ReaderState open() throws InterruptedException {
        if (library == null) {
            library = NvmlLibrary.load(options.library()).orElse(null);
        }
        NvmlLibrary loaded = library;
        if (loaded == null) {
            return new LibraryMissing(options.library());
        }
        Worker thread = worker;
        if (thread == null) {
            thread = new Worker("nvml-session", new Calls(loaded, errors), options.callTimeout());
            worker = thread;
        }
        Calls calls = thread.calls();
        Outcome<ReaderState> outcome = thread.run(() -> init(calls));
        ReaderState state = switch (outcome) {
            case Outcome.Returned<ReaderState>(ReaderState answer) -> answer;
            case Outcome.Threw<ReaderState>(Throwable cause) -> failed(cause);
            case Outcome.Hung<ReaderState>(String function, boolean first) -> hung(function, first);
        };
        open = state.ready();
        return state;
    }

    private static ReaderState init(Calls calls) {
        int code = calls.call("nvmlInit_v2");
        if (code == ReturnCode.NOT_FOUND && calls.call("nvmlInitWithFlags", NO_GPUS) == ReturnCode.SUCCESS) {
            code = ReturnCode.SUCCESS; // a driver without a GPU: one may be plugged in, or come back on the bus
        }
        if (code != ReturnCode.SUCCESS) {
            return new Failing("nvmlInit_v2", code);
        }
        Memory version = calls.buffer();
        int answered = calls.call("nvmlSystemGetDriverVersion", version, 80);
        return new Ready(answered == ReturnCode.SUCCESS ? Calls.text(version, 0, 80) : "");
    }

    /** How many GPUs there are, lost ones included; or, as a state, why that is unknown. */
    Counted count() throws InterruptedException {
        Worker thread = worker;
        if (thread == null) {
            throw new IllegalStateException("no session");
        }
        Calls calls = thread.calls();
        Outcome<OptionalInt> outcome = thread.run(() -> {
            Memory out = calls.buffer();
            int code = calls.call("nvmlDeviceGetCount_v2", out);
            return code == ReturnCode.SUCCESS ? OptionalInt.of(out.getInt(0)) : OptionalInt.empty();
        });
        return switch (outcome) {
            case Outcome.Returned<OptionalInt>(OptionalInt n)
            when n.isPresent() -> new Counted(n.getAsInt(), Optional.empty());
            case Outcome.Returned<OptionalInt> _ ->
                new Counted(0, Optional.of(new Failing("nvmlDeviceGetCount_v2", -1)));
            case Outcome.Threw<OptionalInt>(Throwable cause) -> new Counted(0, Optional.of(failed(cause)));
            case Outcome.Hung<OptionalInt>(String function, boolean first) ->
                new Counted(0, Optional.of(hung(function, first)));
        };
    }

    record Counted(int gpus, Optional<ReaderState> problem) {}

    private ReaderState failed(Throwable cause) {
        if (!(cause instanceof SessionLost lost)) {
            return new ReaderState.Defect(defects.say("the session with the driver", cause));
        }
        return switch (lost.code()) {
            case ReturnCode.DRIVER_NOT_LOADED -> new DriverNotLoaded();
            case ReturnCode.LIB_RM_VERSION_MISMATCH -> new DriverMismatch(lost.function());
            default -> new Failing(lost.function(), lost.code());
        };
    }

    private ReaderState hung(String function, boolean first) {
        if (first) {
            errors.overran(function);
        }
        return new ReaderState.Hung(function);
    }

    /** Ends the session; without a wait when a thread is stuck in it, for then the driver would block us too. */
    void close() throws InterruptedException {
        Worker thread = worker;
        if (open && thread != null) {
            Calls calls = thread.calls();
            thread.run(() -> calls.call("nvmlShutdown"));
        }
        open = false;
    }

    void dispose() {
        if (worker != null) {
            worker.close();
        }
    }
}
