package dev.lastcall.gpu.nvml;

import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.jboss.logging.Logger;

/**
 * What follows when the NVIDIA driver was exchanged under a library that had worked: the process ends once, so that the kubelet
 * starts a new one that loads the new library. A drain is finished first.
 */
public final class DriverExchange implements Runnable {

    private static final Logger LOG = Logger.getLogger(DriverExchange.class);

    /** EX_TEMPFAIL: start me again. */
    static final int EXIT_DRIVER_CHANGED = 75;

    private final BooleanSupplier draining;
    private final IntConsumer exit;
    private boolean waiting;
    private boolean ended;

    /** @param draining whether a drain is under way now */
    public DriverExchange(BooleanSupplier draining, IntConsumer exit) {
        this.draining = draining;
        this.exit = exit;
    }

    /** To be run whenever the driver says so again: after a drain that is how the end comes. */
    @Override
    public synchronized void run() {
        if (ended) {
            return;
        }
        if (draining.getAsBoolean()) {
            if (!waiting) {
                LOG.warn("the NVIDIA driver was exchanged under the loaded library: there are no GPU metrics until the"
                        + " drain is over, then the process ends to load the new one");
            }
            waiting = true;
            return;
        }
        ended = true;
        LOG.errorf(
                "the NVIDIA driver was exchanged under the loaded library: ending with %d to load the new one",
                EXIT_DRIVER_CHANGED);
        exit.accept(EXIT_DRIVER_CHANGED);
    }
}
