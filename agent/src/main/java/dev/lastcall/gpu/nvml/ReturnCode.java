package dev.lastcall.gpu.nvml;

/** NVML's nvmlReturn_t, as far as we tell codes apart; the numbers are ABI. */
final class ReturnCode {

    static final int SUCCESS = 0;
    static final int UNINITIALIZED = 1;
    static final int INVALID_ARGUMENT = 2;
    static final int NOT_SUPPORTED = 3;
    static final int NO_PERMISSION = 4;
    static final int NOT_FOUND = 6;
    static final int INSUFFICIENT_SIZE = 7;
    static final int DRIVER_NOT_LOADED = 9;
    static final int TIMEOUT = 10;
    static final int FUNCTION_NOT_FOUND = 13;
    static final int GPU_IS_LOST = 15;
    static final int LIB_RM_VERSION_MISMATCH = 18;
    static final int NO_DATA = 21;
    static final int ARGUMENT_VERSION_MISMATCH = 25;
    static final int GPU_NOT_FOUND = 28;

    private ReturnCode() {}

    /** The session, not the one call, is what failed: ask again only after a new init. */
    static boolean endsSession(int code) {
        return code == UNINITIALIZED
                || code == DRIVER_NOT_LOADED
                || code == GPU_IS_LOST
                || code == LIB_RM_VERSION_MISMATCH
                || code == GPU_NOT_FOUND;
    }

    /** Whether the code is an answer rather than a failure, so that it is not counted. */
    static boolean isAnswer(int code) {
        return switch (code) {
            case SUCCESS,
                    NOT_SUPPORTED,
                    NO_PERMISSION,
                    NOT_FOUND,
                    INSUFFICIENT_SIZE,
                    TIMEOUT,
                    FUNCTION_NOT_FOUND,
                    NO_DATA,
                    ARGUMENT_VERSION_MISMATCH -> true;
            default -> false;
        };
    }
}
