package dev.lastcall.gpu.nvml;

/** Ends the scan of a GPU: a code that says the session or the GPU is gone. Caught by the one who started the scan. */
final class SessionLost extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String function;
    private final int code;

    SessionLost(String function, int code) {
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
