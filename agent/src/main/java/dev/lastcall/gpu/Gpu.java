package dev.lastcall.gpu;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * One GPU in a snapshot.
 *
 * @param index as the driver counts; may change at a reboot
 * @param staleness empty = read in this scan
 * @param lastSuccess when it was last read; empty = never
 * @param state as last read, so old when stale; empty = never read
 * @param xids how often each XID error came since the agent started; the usual ones with 0 once they can be heard
 */
public record Gpu(
        int index,
        Optional<Staleness> staleness,
        Optional<Instant> lastSuccess,
        Optional<State> state,
        Map<Long, Long> xids) {

    /** Who it is, what it reports and how it is partitioned. */
    public record State(GpuIdentity identity, GpuReadings readings, GpuDetails details, MigState mig) {

        /** Without details. */
        public State(GpuIdentity identity, GpuReadings readings, MigState mig) {
            this(identity, readings, GpuDetails.unknown(), mig);
        }
    }

    public Gpu {
        xids = Map.copyOf(xids);
    }

    public boolean stale() {
        return staleness.isPresent();
    }

    /** The state if it is from this scan. */
    public Optional<State> fresh() {
        return stale() ? Optional.empty() : state;
    }
}
