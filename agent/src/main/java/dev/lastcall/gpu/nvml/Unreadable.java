package dev.lastcall.gpu.nvml;

/** The GPU has no handle or no name; the session is sound. */
final class Unreadable extends CallFailed {

    private static final long serialVersionUID = 1L;

    Unreadable(String function, int code) {
        super(function, code);
    }
}
