package dev.lastcall.verify;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One published reading and where nvidia-smi says the same.
 *
 * @param family without the prefix
 * @param labels beside those of the GPU
 * @param keys paths of {@code -q -x} or fields of {@code --query-gpu}; the first that is there counts
 * @param scale from nvidia-smi's unit to ours
 * @param absolute tolerance in our unit, for what moves between two readings and for nvidia-smi's rounding
 * @param relative tolerance as a share of the value; the greater of the two counts
 */
record Check(
        String family, Map<String, String> labels, List<String> keys, double scale, double absolute, double relative) {

    private static final double MIB = 1024 * 1024;
    private static final double MHZ = 1e6;
    private static final Pattern NUMBER = Pattern.compile("-?\\d+(?:\\.\\d+)?");

    static final List<Check> OF_GPU = List.of(
            check("gpu_utilization_ratio", 0.01, 0.25, 0, "utilization/gpu_util"),
            check("gpu_memory_utilization_ratio", 0.01, 0.25, 0, "utilization/memory_util"),
            check("gpu_encoder_utilization_ratio", 0.01, 0.25, 0, "utilization/encoder_util"),
            check("gpu_decoder_utilization_ratio", 0.01, 0.25, 0, "utilization/decoder_util"),
            check("gpu_memory_total_bytes", MIB, MIB, 0, "memory.total", "fb_memory_usage/total"),
            check("gpu_memory_used_bytes", MIB, 64 * MIB, 0.02, "memory.used", "fb_memory_usage/used"),
            check("gpu_memory_free_bytes", MIB, 64 * MIB, 0.02, "memory.free", "fb_memory_usage/free"),
            check("gpu_memory_reserved_bytes", MIB, 16 * MIB, 0, "memory.reserved", "fb_memory_usage/reserved"),
            check(
                    "gpu_power_watts",
                    1,
                    15,
                    0.2,
                    "power.draw",
                    "gpu_power_readings/power_draw",
                    "gpu_power_readings/average_power_draw",
                    "power_readings/power_draw"),
            check(
                    "gpu_power_limit_watts",
                    1,
                    0.5,
                    0,
                    "enforced.power.limit",
                    "gpu_power_readings/current_power_limit",
                    "power_readings/enforced_power_limit"),
            check("gpu_temperature_celsius", 1, 3, 0, "temperature.gpu", "temperature/gpu_temp"),
            check("gpu_memory_temperature_celsius", 1, 3, 0, "temperature.memory", "temperature/memory_temp"),
            check("gpu_temperature_margin_celsius", 1, 3, 0, "temperature/gpu_temp_tlimit"),
            threshold("shutdown", "temperature/gpu_temp_max_threshold"),
            threshold("slowdown", "temperature/gpu_temp_slow_threshold"),
            threshold("gpu_max", "temperature/gpu_temp_max_gpu_threshold"),
            threshold("memory_max", "temperature/gpu_temp_max_mem_threshold"),
            clock("graphics", "clocks.current.graphics", "clocks/graphics_clock"),
            clock("sm", "clocks.current.sm", "clocks/sm_clock"),
            clock("memory", "clocks.current.memory", "clocks/mem_clock"),
            clock("video", "clocks.current.video", "clocks/video_clock"),
            maxClock("sm", "clocks.max.sm", "max_clocks/sm_clock"),
            maxClock("memory", "clocks.max.memory", "max_clocks/mem_clock"),
            ecc("corrected", "volatile"),
            ecc("corrected", "aggregate"),
            ecc("uncorrected", "volatile"),
            ecc("uncorrected", "aggregate"),
            with(Map.of("state", "current"), "gpu_ecc_mode", "ecc.mode.current", "ecc_mode/current_ecc"),
            with(Map.of("state", "pending"), "gpu_ecc_mode", "ecc.mode.pending", "ecc_mode/pending_ecc"),
            with(Map.of("type", "correctable"), "gpu_remapped_rows", "remapped_rows/remapped_row_corr"),
            with(Map.of("type", "uncorrectable"), "gpu_remapped_rows", "remapped_rows/remapped_row_unc"),
            with(Map.of("type", "pending"), "gpu_remapped_rows", "remapped_rows/remapped_row_pending"),
            with(Map.of("type", "failure"), "gpu_remapped_rows", "remapped_rows/remapped_row_failure"),
            reason("gpu_idle"),
            reason("sw_power_cap"),
            reason("hw_slowdown"),
            reason("sw_thermal_slowdown"),
            reason("hw_thermal_slowdown"),
            reason("hw_power_brake_slowdown"),
            check(
                    "gpu_pcie_link_generation",
                    1,
                    0,
                    0,
                    "pcie.link.gen.current",
                    "pci/pci_gpu_link_info/pcie_gen/current_link_gen"),
            check(
                    "gpu_pcie_link_width",
                    1,
                    0,
                    0,
                    "pcie.link.width.current",
                    "pci/pci_gpu_link_info/link_widths/current_link_width"),
            check("gpu_pcie_replays_total", 1, 0, 0, "pci/replay_counter"),
            check("gpu_performance_state", 1, 0, 0, "pstate", "performance_state"),
            check("gpu_persistence_mode", 1, 0, 0, "persistence_mode"),
            check("gpu_recovery_action", 1, 0, 0, "gpu_recovery_action"),
            check("gpu_process_count", 1, 0, 0, "processes"));

    static final List<Check> OF_MIG = List.of(
            check("mig_memory_total_bytes", MIB, MIB, 0, "fb_memory_usage/total"),
            check("mig_memory_used_bytes", MIB, 64 * MIB, 0.02, "fb_memory_usage/used"),
            check("mig_memory_free_bytes", MIB, 64 * MIB, 0.02, "fb_memory_usage/free"));

    /** In our unit; empty where there is no number in it. Words for on, off and recovery actions are NVML's numbers. */
    OptionalDouble theirs(String text) {
        switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "enabled", "active", "yes", "on", "reset" -> {
                return OptionalDouble.of(1);
            }
            case "disabled", "not active", "no", "off", "none" -> {
                return OptionalDouble.of(0);
            }
            case "reboot" -> {
                return OptionalDouble.of(2);
            }
            case "drain p2p" -> {
                return OptionalDouble.of(3);
            }
            case "drain and reset" -> {
                return OptionalDouble.of(4);
            }
            default -> {
                Matcher number = NUMBER.matcher(text);
                return number.find()
                        ? OptionalDouble.of(Double.parseDouble(number.group()) * scale)
                        : OptionalDouble.empty();
            }
        }
    }

    double tolerance(double value) {
        return Math.max(absolute, Math.abs(value) * relative);
    }

    /** {@code gpu_clock_hertz clock=sm}. */
    String title() {
        StringBuilder title = new StringBuilder(family);
        new TreeMap<>(labels)
                .forEach((key, value) ->
                        title.append(' ').append(key).append('=').append(value));
        return title.toString();
    }

    private static Check check(String family, double scale, double absolute, double relative, String... keys) {
        return new Check(family, Map.of(), List.of(keys), scale, absolute, relative);
    }

    private static Check with(Map<String, String> labels, String family, String... keys) {
        return new Check(family, labels, List.of(keys), 1, 0, 0);
    }

    private static Check threshold(String at, String key) {
        return with(Map.of("threshold", at), "gpu_temperature_threshold_celsius", key);
    }

    private static Check clock(String domain, String... keys) {
        return new Check("gpu_clock_hertz", Map.of("clock", domain), List.of(keys), MHZ, 50 * MHZ, 0.05);
    }

    private static Check maxClock(String domain, String... keys) {
        return new Check("gpu_clock_max_hertz", Map.of("clock", domain), List.of(keys), MHZ, 0, 0);
    }

    private static Check ecc(String type, String scope) {
        return with(
                Map.of("type", type, "scope", scope),
                "gpu_ecc_errors_total",
                "ecc.errors.%s.%s.total".formatted(type, scope));
    }

    private static Check reason(String name) {
        return with(
                Map.of("reason", name),
                "gpu_clock_event_reasons",
                "clocks_event_reasons/clocks_event_reason_" + name,
                "clocks_throttle_reasons/clocks_throttle_reason_" + name);
    }
}
