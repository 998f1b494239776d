package dev.lastcall.gpu.nvml;

/** A code that says the session or the GPU is gone: ask again only after a new init. */
final class SessionLost extends CallFailed {

    private static final long serialVersionUID = 1L;

    SessionLost(String function, int code) {
        super(function, code);
    }
}
