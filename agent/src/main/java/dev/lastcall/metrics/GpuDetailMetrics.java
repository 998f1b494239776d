package dev.lastcall.metrics;

import static dev.lastcall.metrics.MetricSpec.counter;
import static dev.lastcall.metrics.MetricSpec.gauge;

import java.util.List;

/** The families of {@link GpuDetailSeries}. */
final class GpuDetailMetrics {

    private static final List<String> GPU = List.of("gpu", "uuid");
    private static final String UNSUPPORTED = "the product or driver does not report it, or the GPU is stale";

    static final MetricSpec BOARD = gauge(
            "gpu_board_info",
            "",
            List.of("gpu", "uuid", "serial", "architecture", "minor"),
            "The board of the GPU; always 1. minor is the N of /dev/nvidiaN",
            "the GPU is stale");
    static final MetricSpec ENCODER = gauge(
            "gpu_encoder_utilization_ratio",
            "ratio",
            GPU,
            "Share of the last sample period in which the video encoder ran",
            UNSUPPORTED + "; always while MIG is on");
    static final MetricSpec DECODER = gauge(
            "gpu_decoder_utilization_ratio",
            "ratio",
            GPU,
            "Share of the last sample period in which the video decoder ran",
            UNSUPPORTED + "; always while MIG is on");
    static final MetricSpec ACTIVE_PROCESSES = gauge(
            "gpu_active_process_count",
            "",
            GPU,
            "Processes that used the GPU since the last scan; lastcall_gpu_process_count also counts idle ones",
            UNSUPPORTED + "; always while MIG is on");
    static final MetricSpec MEMORY_TEMPERATURE =
            gauge("gpu_memory_temperature_celsius", "celsius", GPU, "Temperature of the GPU's memory", UNSUPPORTED);
    static final MetricSpec MARGIN = gauge(
            "gpu_temperature_margin_celsius",
            "celsius",
            GPU,
            "Degrees left until the GPU slows down because of its temperature",
            "driver before 565, or the GPU is stale");
    static final MetricSpec THRESHOLD = gauge(
            "gpu_temperature_threshold_celsius",
            "celsius",
            List.of("gpu", "uuid", "threshold"),
            "Temperature at which the GPU shuts down or slows down",
            UNSUPPORTED + "; Ada and later may count in margins instead");
    static final MetricSpec MARGIN_THRESHOLD = gauge(
            "gpu_temperature_margin_threshold_celsius",
            "celsius",
            List.of("gpu", "uuid", "threshold"),
            "Threshold on the T.Limit scale: 0 is the highest temperature of normal operation, hotter is below 0",
            UNSUPPORTED + "; always before Ada");
    static final MetricSpec MAX_CLOCK = gauge(
            "gpu_clock_max_hertz",
            "hertz",
            List.of("gpu", "uuid", "clock"),
            "The highest clock of a domain, sm or memory",
            UNSUPPORTED);
    static final MetricSpec PCIE_GENERATION = gauge(
            "gpu_pcie_link_generation", "", GPU, "PCIe generation in use; lower while the GPU is idle", UNSUPPORTED);
    static final MetricSpec PCIE_WIDTH = gauge("gpu_pcie_link_width", "", GPU, "PCIe lanes in use", UNSUPPORTED);
    static final MetricSpec PCIE_REPLAYS = counter(
            "gpu_pcie_replays_total",
            "",
            GPU,
            "PCIe packets that had to be sent again since the driver was loaded",
            UNSUPPORTED);
    static final MetricSpec NVLINKS =
            gauge("gpu_nvlink_active_links", "", GPU, "NVLinks that are up", UNSUPPORTED + ", or it has no NVLink");
    static final MetricSpec NVLINK_ERRORS = counter(
            "gpu_nvlink_errors_total",
            "",
            List.of("gpu", "uuid", "type"),
            "NVLink errors over all links since the driver was loaded, by crc_flit, crc_data, replay or recovery",
            UNSUPPORTED + ", or it has no NVLink of the fourth generation or before");
    static final MetricSpec PERFORMANCE_STATE = gauge(
            "gpu_performance_state", "", GPU, "P-state: 0 is the fastest, 32 is unknown to the driver", UNSUPPORTED);
    static final MetricSpec PERSISTENCE = gauge(
            "gpu_persistence_mode",
            "",
            GPU,
            "1 where the driver stays loaded without a client, so that counters go on and starts are quick",
            UNSUPPORTED);
    static final MetricSpec ECC_MODE = gauge(
            "gpu_ecc_mode",
            "",
            List.of("gpu", "uuid", "state"),
            "1 where ECC is on: current, and pending for the time after the next reset",
            UNSUPPORTED);
    static final MetricSpec WITHOUT_COMPUTE_INSTANCE = gauge(
            "mig_compute_slices_without_compute_instance",
            "",
            GPU,
            "Compute slices that GPU instances hold and no compute instance makes usable",
            "MIG is off, the GPU is stale, or placements are not visible");

    static final List<MetricSpec> ALL = List.of(
            BOARD,
            ENCODER,
            DECODER,
            ACTIVE_PROCESSES,
            MEMORY_TEMPERATURE,
            MARGIN,
            THRESHOLD,
            MARGIN_THRESHOLD,
            MAX_CLOCK,
            PCIE_GENERATION,
            PCIE_WIDTH,
            PCIE_REPLAYS,
            NVLINKS,
            NVLINK_ERRORS,
            PERFORMANCE_STATE,
            PERSISTENCE,
            ECC_MODE,
            WITHOUT_COMPUTE_INSTANCE);

    private GpuDetailMetrics() {}
}
