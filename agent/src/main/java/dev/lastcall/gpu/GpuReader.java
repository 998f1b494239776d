package dev.lastcall.gpu;

/** Reads the GPUs of this node. One per process. */
public interface GpuReader extends AutoCloseable {

    /**
     * Reads everything. Never throws for what a driver may do: a missing library, an error, a call that hangs and a defect
     * in the reading of one GPU are part of the snapshot. Returns within a few call time-outs, however many GPUs hang.
     * From any platform thread, never from a virtual one; a second caller waits for the first.
     */
    GpuSnapshot scan();

    /** Runs when the driver reports something that makes a scan worth while at once (XID, MIG change, recovery action). */
    void onEvent(Runnable scanSoon);

    /** Ends the session with the driver, unless a call hangs in it. */
    @Override
    void close();
}
