package dev.lastcall.gpu.nvml;

/** A return code that ends the reading of a GPU. Without a stack trace: it is an answer of the driver, not a mistake of ours. */
abstract sealed class CallFailed extends RuntimeException permits SessionLost, Unreadable {

    private static final long serialVersionUID = 1L;

    private final String function;
    private final int code;

    CallFailed(String function, int code) {
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
