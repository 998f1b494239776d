package dev.lastcall.gpu.nvml;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.lastcall.gpu.ClockDomain;
import dev.lastcall.gpu.GpuDetails;
import dev.lastcall.gpu.GpuDetails.Board;
import dev.lastcall.gpu.GpuDetails.EccMode;
import dev.lastcall.gpu.GpuDetails.Engines;
import dev.lastcall.gpu.GpuDetails.Links;
import dev.lastcall.gpu.GpuDetails.Modes;
import dev.lastcall.gpu.GpuDetails.Thermals;
import dev.lastcall.gpu.NvLinkError;
import dev.lastcall.gpu.Reading;
import dev.lastcall.gpu.TemperatureThreshold;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the details of one GPU as a whole. */
final class DetailReader {

    private static final List<String> ARCHITECTURES =
            List.of("kepler", "maxwell", "pascal", "volta", "turing", "ampere", "ada", "hopper", "blackwell");

    private static final int FIRST_ARCHITECTURE = 2;

    /** NVML_NVLINK_MAX_LINKS; a GPU refuses the first index it does not have. */
    private static final int MAX_LINKS = 36;

    private static final int MAX_SAMPLES = 16 * 1024 / Layout.PROCESS_SAMPLE;

    private static final Map<NvLinkError, Integer> LINK_ERRORS = Map.of(
            NvLinkError.CRC_FLIT, FieldValues.NVLINK_CRC_FLIT_ERRORS,
            NvLinkError.CRC_DATA, FieldValues.NVLINK_CRC_DATA_ERRORS,
            NvLinkError.REPLAY, FieldValues.NVLINK_REPLAY_ERRORS,
            NvLinkError.RECOVERY, FieldValues.NVLINK_RECOVERY_ERRORS);

    private static final Map<TemperatureThreshold, Integer> MARGINS = Map.of(
            TemperatureThreshold.SHUTDOWN, FieldValues.SHUTDOWN_MARGIN,
            TemperatureThreshold.SLOWDOWN, FieldValues.SLOWDOWN_MARGIN,
            TemperatureThreshold.MEMORY_MAX, FieldValues.MEMORY_MAX_MARGIN,
            TemperatureThreshold.GPU_MAX, FieldValues.GPU_MAX_MARGIN);

    private final Calls calls;
    private long samplesSeen;

    DetailReader(Calls calls) {
        this.calls = calls;
    }

    GpuDetails read(Pointer device, FieldValues fields, Reading<Integer> computeSlicesWithoutInstance) {
        return new GpuDetails(
                new Board(
                        calls.readString("nvmlDeviceGetSerial", device, 30).optional(),
                        calls.readInt("nvmlDeviceGetArchitecture", device)
                                .optional()
                                .map(DetailReader::architecture)),
                new Engines(
                        coder("nvmlDeviceGetEncoderUtilization", device),
                        coder("nvmlDeviceGetDecoderUtilization", device),
                        activeProcesses(device)),
                thermals(device, fields),
                maxClocks(device),
                links(device, fields),
                modes(device),
                computeSlicesWithoutInstance);
    }

    private static String architecture(int number) {
        int known = number - FIRST_ARCHITECTURE;
        return known >= 0 && known < ARCHITECTURES.size() ? ARCHITECTURES.get(known) : Integer.toUnsignedString(number);
    }

    /** Percent, and behind it the sample period, which we have no use for. */
    private Reading<Double> coder(String function, Pointer device) {
        Memory out = calls.buffer();
        return calls.read(function, "", () -> out.getInt(0) / 100.0, device, out.share(0, 4), out.share(4, 4));
    }

    /** Without room the driver says how much it needs; NOT_FOUND means that nobody ran. */
    private Reading<Integer> activeProcesses(Pointer device) {
        String function = "nvmlDeviceGetProcessUtilization";
        if (calls.isUnsupported(function)) {
            return Reading.unsupported();
        }
        Memory sizing = calls.buffer();
        int code = calls.call(function, device, Pointer.NULL, sizing, samplesSeen);
        int room = Math.min(sizing.getInt(0), MAX_SAMPLES - 1);
        if (code == ReturnCode.INSUFFICIENT_SIZE && room > 0) {
            Memory out = calls.buffer();
            out.setInt(0, room);
            code = calls.call(function, device, out.share(Layout.PROCESS_SAMPLE), out, samplesSeen);
            if (code == ReturnCode.SUCCESS) {
                return Reading.of(busy(out, Math.min(room, out.getInt(0))));
            }
        }
        return switch (code) {
            case ReturnCode.SUCCESS, ReturnCode.NOT_FOUND, ReturnCode.INSUFFICIENT_SIZE -> Reading.of(0);
            case ReturnCode.NOT_SUPPORTED, ReturnCode.FUNCTION_NOT_FOUND -> {
                calls.markUnsupported(function);
                yield Reading.unsupported();
            }
            case ReturnCode.NO_PERMISSION -> Reading.noPermission();
            default -> Reading.failed(code);
        };
    }

    private int busy(Memory out, int samples) {
        Set<Integer> pids = new HashSet<>();
        for (int i = 1; i <= samples; i++) {
            long at = (long) i * Layout.PROCESS_SAMPLE;
            samplesSeen = Math.max(samplesSeen, out.getLong(at + Layout.PROCESS_SAMPLE_TIME));
            if (out.getInt(at + Layout.PROCESS_SAMPLE_SM) > 0) {
                pids.add(out.getInt(at + Layout.PROCESS_SAMPLE_PID));
            }
        }
        return pids.size();
    }

    private Thermals thermals(Pointer device, FieldValues fields) {
        Memory margin = calls.buffer();
        margin.setInt(0, Layout.version(Layout.MARGIN, 1));
        Reading<Double> left = calls.read(
                "nvmlDeviceGetMarginTemperature",
                "",
                () -> (double) margin.getInt(Layout.MARGIN_VALUE),
                device,
                margin);
        Map<TemperatureThreshold, Reading<Double>> thresholds = new EnumMap<>(TemperatureThreshold.class);
        Map<TemperatureThreshold, Reading<Double>> margins = new EnumMap<>(TemperatureThreshold.class);
        for (TemperatureThreshold threshold : TemperatureThreshold.values()) {
            Memory out = calls.buffer();
            thresholds.put(
                    threshold,
                    calls.read(
                            "nvmlDeviceGetTemperatureThreshold",
                            threshold.label(),
                            () -> (double) out.getInt(0),
                            device,
                            threshold.ordinal(),
                            out));
            // Below zero on most products, and typed as unsigned by some drivers.
            margins.put(
                    threshold, fields.get(MARGINS.getOrDefault(threshold, 0)).map(value -> (double) value.intValue()));
        }
        return new Thermals(
                fields.get(FieldValues.MEMORY_TEMPERATURE).map(Long::doubleValue), left, thresholds, margins);
    }

    /** SM and memory: the others follow the SM clock. */
    private Map<ClockDomain, Reading<Long>> maxClocks(Pointer device) {
        Map<ClockDomain, Reading<Long>> clocks = new EnumMap<>(ClockDomain.class);
        for (ClockDomain clock : List.of(ClockDomain.SM, ClockDomain.MEMORY)) {
            Memory out = calls.buffer();
            clocks.put(
                    clock,
                    calls.read(
                            "nvmlDeviceGetMaxClockInfo",
                            clock.label(),
                            () -> out.getInt(0) * 1_000_000L,
                            device,
                            clock.ordinal(),
                            out));
        }
        return clocks;
    }

    private Links links(Pointer device, FieldValues fields) {
        Map<NvLinkError, Reading<Long>> errors = new EnumMap<>(NvLinkError.class);
        LINK_ERRORS.forEach((error, field) -> errors.put(error, fields.get(field)));
        return new Links(
                calls.readInt("nvmlDeviceGetCurrPcieLinkGeneration", device),
                calls.readInt("nvmlDeviceGetCurrPcieLinkWidth", device),
                calls.readInt("nvmlDeviceGetPcieReplayCounter", device).map(Integer::toUnsignedLong),
                activeLinks(device),
                errors);
    }

    /** Links are asked one by one until the driver refuses an index; a product without any refuses the first. */
    private Reading<Integer> activeLinks(Pointer device) {
        String function = "nvmlDeviceGetNvLinkState";
        if (calls.isUnsupported(function)) {
            return Reading.unsupported();
        }
        int active = 0;
        int link = 0;
        while (link < MAX_LINKS) {
            Memory out = calls.buffer();
            int code = calls.probe(function, device, link, out);
            if (code != ReturnCode.SUCCESS) {
                break;
            }
            active += out.getInt(0) == 0 ? 0 : 1;
            link++;
        }
        if (link == 0) {
            calls.markUnsupported(function);
            return Reading.unsupported();
        }
        return Reading.of(active);
    }

    private Modes modes(Pointer device) {
        Memory out = calls.buffer();
        Reading<EccMode> ecc = calls.read(
                "nvmlDeviceGetEccMode",
                "",
                () -> new EccMode(out.getInt(0) != 0, out.getInt(4) != 0),
                device,
                out.share(0, 4),
                out.share(4, 4));
        return new Modes(
                calls.readInt("nvmlDeviceGetPerformanceState", device),
                calls.readInt("nvmlDeviceGetPersistenceMode", device).map(on -> on != 0),
                ecc);
    }
}
