package dev.lastcall.gpu.nvml;

/** Ends the scan of a GPU that has no handle or no name; the session is sound. */
final class Unreadable extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String function;
    private final int code;

    Unreadable(String function, int code) {
        super(function + " returned " + code, null, false, false);
        this.function = function;
        this.code = code;
    }

    String function() {
        return function;
    }

    int code() {
        return code;
    }
}
