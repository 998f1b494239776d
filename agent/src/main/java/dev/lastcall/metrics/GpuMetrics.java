package dev.lastcall.metrics;

import static dev.lastcall.metrics.MetricSpec.counter;
import static dev.lastcall.metrics.MetricSpec.gauge;
import static dev.lastcall.metrics.MetricSpec.histogram;

import dev.lastcall.gpu.ReaderState;
import java.util.List;

/** The families of {@link GpuMeters}. */
final class GpuMetrics {

    private static final List<String> GPU = List.of("gpu", "uuid");
    private static final List<String> MIG = List.of("gpu", "uuid", "mig_uuid", "gi", "profile");
    private static final String UNSUPPORTED = "the product or driver does not report it, or the GPU is stale";
    private static final String NO_MIG = "MIG is off, or the GPU is stale";

    static final MetricSpec INFO = gauge(
            "gpu_info",
            "",
            List.of("gpu", "uuid", "model", "pci_bus_id", "driver", "mig_mode", "placement_visible"),
            "What the GPU is; always 1. placement_visible is there while MIG is on",
            "the GPU was never read");
    static final MetricSpec UTILIZATION = gauge(
            "gpu_utilization_ratio",
            "ratio",
            GPU,
            "Share of the last sample period in which a kernel ran",
            UNSUPPORTED + "; always while MIG is on");
    static final MetricSpec MEMORY_UTILIZATION = gauge(
            "gpu_memory_utilization_ratio",
            "ratio",
            GPU,
            "Share of the last sample period in which memory was read or written",
            UNSUPPORTED + "; always while MIG is on");
    static final MetricSpec MEMORY_TOTAL =
            gauge("gpu_memory_total_bytes", "bytes", GPU, "Memory of the GPU", UNSUPPORTED);
    static final MetricSpec MEMORY_USED = gauge(
            "gpu_memory_used_bytes",
            "bytes",
            GPU,
            "Memory that applications hold; with the reserve where that is not reported apart",
            UNSUPPORTED);
    static final MetricSpec MEMORY_FREE =
            gauge("gpu_memory_free_bytes", "bytes", GPU, "Memory that no process holds", UNSUPPORTED);
    static final MetricSpec MEMORY_RESERVED = gauge(
            "gpu_memory_reserved_bytes", "bytes", GPU, "Memory that driver and firmware hold", "driver before 510");
    static final MetricSpec POWER = gauge("gpu_power_watts", "watts", GPU, "Power draw", UNSUPPORTED);
    static final MetricSpec POWER_LIMIT =
            gauge("gpu_power_limit_watts", "watts", GPU, "Power limit in force", UNSUPPORTED);
    static final MetricSpec ENERGY =
            counter("gpu_energy_joules_total", "joules", GPU, "Energy since the driver was loaded", UNSUPPORTED);
    static final MetricSpec TEMPERATURE =
            gauge("gpu_temperature_celsius", "celsius", GPU, "Temperature of the GPU", UNSUPPORTED);
    static final MetricSpec CLOCK = gauge(
            "gpu_clock_hertz", "hertz", List.of("gpu", "uuid", "clock"), "Current clock of a domain", UNSUPPORTED);
    static final MetricSpec CLOCK_REASONS = gauge(
            "gpu_clock_event_reasons",
            "",
            List.of("gpu", "uuid", "reason"),
            "1 while this reason keeps the clocks down",
            UNSUPPORTED);
    static final MetricSpec PCIE_TX =
            counter("gpu_pcie_tx_bytes_total", "bytes", GPU, "Bytes sent over PCIe", UNSUPPORTED);
    static final MetricSpec PCIE_RX =
            counter("gpu_pcie_rx_bytes_total", "bytes", GPU, "Bytes received over PCIe", UNSUPPORTED);
    static final MetricSpec NVLINK_TX =
            counter("gpu_nvlink_tx_bytes_total", "bytes", GPU, "Bytes sent over all NVLinks", UNSUPPORTED);
    static final MetricSpec NVLINK_RX =
            counter("gpu_nvlink_rx_bytes_total", "bytes", GPU, "Bytes received over all NVLinks", UNSUPPORTED);
    static final MetricSpec ECC = counter(
            "gpu_ecc_errors_total",
            "",
            List.of("gpu", "uuid", "type", "scope"),
            "ECC errors, volatile since the driver was loaded, aggregate over the board's life",
            UNSUPPORTED);
    static final MetricSpec REMAPPED = gauge(
            "gpu_remapped_rows",
            "",
            List.of("gpu", "uuid", "type"),
            "Memory rows replaced by spare ones; pending and failure are 0 or 1",
            UNSUPPORTED);
    static final MetricSpec XID = counter(
            "gpu_xid_errors_total",
            "",
            List.of("gpu", "uuid", "xid"),
            "XID errors since the agent started; 13, 31, 43, 45, 48, 63, 64, 74, 79, 94, 95 and 119 from 0 on, others from their first",
            "the driver's events can't be heard; or none of this number came, and it is not one of these");
    static final MetricSpec RECOVERY = gauge(
            "gpu_recovery_action",
            "",
            GPU,
            "What the driver asks for: 0 nothing, 1 reset, 2 reboot the node, 3 drain P2P, 4 drain and reset, 5 recover IMEX",
            UNSUPPORTED);
    static final MetricSpec PROCESSES =
            gauge("gpu_process_count", "", GPU, "Processes with a compute context", UNSUPPORTED);

    static final MetricSpec MIG_INFO = gauge(
            "mig_info",
            "",
            List.of("gpu", "uuid", "mig_uuid", "gi", "ci", "profile", "start", "size"),
            "A MIG device; always 1. start and size, in memory slices, need CAP_SYS_ADMIN",
            NO_MIG);
    static final MetricSpec MIG_TOTAL =
            gauge("mig_memory_total_bytes", "bytes", MIG, "Memory of the MIG device", NO_MIG);
    static final MetricSpec MIG_USED =
            gauge("mig_memory_used_bytes", "bytes", MIG, "Memory of the MIG device that applications hold", NO_MIG);
    static final MetricSpec MIG_FREE =
            gauge("mig_memory_free_bytes", "bytes", MIG, "Memory of the MIG device that no process holds", NO_MIG);
    static final MetricSpec MIG_UTILIZATION = gauge(
            "mig_utilization_ratio",
            "ratio",
            MIG,
            "Share of the time between two scans in which its GPU instance was busy",
            NO_MIG + ", or the product has no GPM (before Hopper)");
    static final MetricSpec MIG_UTILIZATION_SUPPORTED = gauge(
            "mig_utilization_supported",
            "",
            GPU,
            "1 where utilisation per MIG device can be read, 0 where no driver call gives it",
            NO_MIG);

    static final MetricSpec SCAN_DURATION =
            histogram("nvml_scan_duration_seconds", "seconds", List.of(), "How long one reading of all GPUs takes", "");
    static final MetricSpec LAST_SUCCESS = gauge(
            "nvml_scan_last_success_timestamp_seconds",
            "seconds",
            List.of("gpu"),
            "When this GPU was last read",
            "it never was");
    static final MetricSpec ERRORS = counter(
            "nvml_errors_total",
            "",
            List.of("function", "code"),
            "Failed NVML calls by return code; code deadline = the call did not return in time",
            "none failed so");
    static final MetricSpec STALE =
            gauge("gpu_stale", "", List.of("gpu"), "1 while this GPU cannot be read", "no GPU was found");
    static final MetricSpec PLACEMENT_VISIBLE = gauge(
            "placement_visible",
            "",
            List.of(),
            "1 if the agent may read the positions of MIG instances (needs CAP_SYS_ADMIN), so that fragmentation is exact",
            "no GPU has MIG on");
    static final MetricSpec STATE = gauge(
            "nvml_state",
            "",
            List.of("state"),
            "1 for the state the NVML reader is in: " + String.join(", ", ReaderState.LABELS),
            "");

    static final List<MetricSpec> ALL = List.of(
            INFO,
            UTILIZATION,
            MEMORY_UTILIZATION,
            MEMORY_TOTAL,
            MEMORY_USED,
            MEMORY_FREE,
            MEMORY_RESERVED,
            POWER,
            POWER_LIMIT,
            ENERGY,
            TEMPERATURE,
            CLOCK,
            CLOCK_REASONS,
            PCIE_TX,
            PCIE_RX,
            NVLINK_TX,
            NVLINK_RX,
            ECC,
            REMAPPED,
            XID,
            RECOVERY,
            PROCESSES,
            MIG_INFO,
            MIG_TOTAL,
            MIG_USED,
            MIG_FREE,
            MIG_UTILIZATION,
            MIG_UTILIZATION_SUPPORTED,
            SCAN_DURATION,
            LAST_SUCCESS,
            ERRORS,
            STALE,
            PLACEMENT_VISIBLE,
            STATE);

    private GpuMetrics() {}
}
