package dev.lastcall.support.faults;

import java.util.concurrent.atomic.AtomicInteger;

/** A fault in force; closing it takes it back. */
public final class InjectedFault implements AutoCloseable {

    private final Fault fault;
    private final AtomicInteger hits = new AtomicInteger();
    private volatile boolean withdrawn;

    InjectedFault(Fault fault) {
        this.fault = fault;
    }

    /** How many requests it has met. */
    public int hits() {
        return hits.get();
    }

    @Override
    public void close() {
        withdrawn = true;
    }

    Fault.Action action() {
        return fault.action();
    }

    /** True, and counted, if the request is one of those this fault is for. */
    boolean takes(String method, String path) {
        return !withdrawn
                && fault.matches(method, path)
                && hits.getAndUpdate(n -> n < fault.limit() ? n + 1 : n) < fault.limit();
    }
}
