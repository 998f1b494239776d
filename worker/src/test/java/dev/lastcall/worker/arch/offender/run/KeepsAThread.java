package dev.lastcall.worker.arch.offender.run;

/** Breaks a rule, so that it is seen to fail. */
public final class KeepsAThread {
    static final Thread KEPT = new Thread();

    private KeepsAThread() {}
}
