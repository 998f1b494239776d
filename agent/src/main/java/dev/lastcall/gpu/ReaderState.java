package dev.lastcall.gpu;

import java.util.List;

/** Whether the driver can be asked at all. Everything but {@link Ready} is tried again from time to time. */
public sealed interface ReaderState {

    /** Every {@link #label}. */
    List<String> LABELS =
            List.of("ready", "library_missing", "driver_not_loaded", "driver_mismatch", "failing", "hung", "defect");

    /** One line for a person. */
    String text();

    record Ready(String driver) implements ReaderState {
        @Override
        public String text() {
            return "driver " + driver;
        }
    }

    /** No NVML library on this node (or in this container): a node without GPUs, or one whose driver comes later. */
    record LibraryMissing(String library) implements ReaderState {
        @Override
        public String text() {
            return library + " was not found";
        }
    }

    /** The library is there, the kernel driver is not loaded. */
    record DriverNotLoaded() implements ReaderState {
        @Override
        public String text() {
            return "the NVIDIA driver is not loaded";
        }
    }

    /**
     * The library and the kernel driver are of two versions (code 18): packages were upgraded under a loaded kernel module.
     * Only a reboot, a reload of the module or a new process with the right library helps.
     */
    record DriverMismatch(String function) implements ReaderState {
        @Override
        public String text() {
            return function
                    + " says that the NVIDIA library and the loaded kernel driver are of different versions (code 18):"
                    + " GPU metrics come back when the node is rebooted, or its driver reloaded and this pod restarted;"
                    + " notices are drained as on a node without GPUs";
        }
    }

    /** @param code NVML's return code */
    record Failing(String function, int code) implements ReaderState {
        @Override
        public String text() {
            return function + " failed with code " + code;
        }
    }

    /** A call that concerns all GPUs did not return in time. */
    record Hung(String function) implements ReaderState {
        @Override
        public String text() {
            return function + " does not return";
        }
    }

    /** The reader itself failed, by a mistake in this program: the log has the whole of it. */
    record Defect(String what) implements ReaderState {
        @Override
        public String text() {
            return "the reader failed by a defect of this agent: " + what;
        }
    }

    /** For metrics. */
    default String label() {
        return switch (this) {
            case Ready _ -> "ready";
            case LibraryMissing _ -> "library_missing";
            case DriverNotLoaded _ -> "driver_not_loaded";
            case DriverMismatch _ -> "driver_mismatch";
            case Failing _ -> "failing";
            case Hung _ -> "hung";
            case Defect _ -> "defect";
        };
    }

    default boolean ready() {
        return this instanceof Ready;
    }
}
