package dev.lastcall.gpu;

/** Reads the GPUs of this node. One per process; {@link #scan} is called by one thread at a time, never by a virtual one. */
public interface GpuReader extends AutoCloseable {

    /**
     * Reads everything. Never throws for what a driver may do: a missing library, an error or a call that hangs is part of
     * the snapshot. Returns within a few call time-outs.
     */
    GpuSnapshot scan();

    /** Runs when the driver reports something that makes a scan worth while at once (XID, MIG change, recovery action). */
    void onEvent(Runnable scanSoon);

    /** Ends the session with the driver, unless a call hangs in it. */
    @Override
    void close();
}
