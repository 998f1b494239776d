package dev.lastcall.gpu;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * All GPUs of this node in one scan: the payload of the channel {@code gpu-snapshots}. Immutable; metrics, fragmentation
 * and the state page all read the same one.
 *
 * @param took how long the scan lasted
 * @param errors failed driver calls since the agent started; what a device does not support is not an error
 */
public record GpuSnapshot(
        Instant takenAt, Duration took, ReaderState reader, List<Gpu> gpus, Map<FailedCall, Long> errors) {

    /** @param code NVML's return code as a number, or {@code deadline} for a call that did not return in time */
    public record FailedCall(String function, String code) {}

    public GpuSnapshot {
        gpus = List.copyOf(gpus);
        errors = Map.copyOf(errors);
    }

    /** Driver version, or empty. */
    public String driver() {
        return reader instanceof ReaderState.Ready(String driver) ? driver : "";
    }
}
