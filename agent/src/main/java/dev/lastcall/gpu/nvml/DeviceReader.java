package dev.lastcall.gpu.nvml;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.lastcall.gpu.ClockDomain;
import dev.lastcall.gpu.ClockEventReason;
import dev.lastcall.gpu.EccErrors;
import dev.lastcall.gpu.Gpu;
import dev.lastcall.gpu.GpuIdentity;
import dev.lastcall.gpu.GpuMemory;
import dev.lastcall.gpu.GpuReadings;
import dev.lastcall.gpu.Reading;
import dev.lastcall.gpu.RemappedRows;
import dev.lastcall.gpu.Utilization;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads one GPU, on the one thread that belongs to it. */
final class DeviceReader implements StateReader {

    private static final int TEMPERATURE_OF_GPU = 0;

    private final int index;
    private final Calls calls;
    private final MigReader mig;
    private final DetailReader details;

    DeviceReader(int index, Calls calls) {
        this.index = index;
        this.calls = calls;
        this.mig = new MigReader(calls);
        this.details = new DetailReader(calls);
    }

    @Override
    public Gpu.State read() {
        Memory buffer = calls.buffer();
        require("nvmlDeviceGetHandleByIndex_v2", calls.call("nvmlDeviceGetHandleByIndex_v2", index, buffer));
        Pointer device = buffer.getPointer(0);
        GpuIdentity identity = identity(device);
        MigReader.Read parts = mig.read(device);
        FieldValues fields = FieldValues.read(calls, device);
        return new Gpu.State(
                identity,
                readings(device, fields),
                details.read(device, fields, parts.computeSlicesWithoutInstance()),
                parts.state());
    }

    @Override
    public void release() {
        mig.release();
    }

    private GpuIdentity identity(Pointer device) {
        Memory buffer = calls.buffer();
        require("nvmlDeviceGetUUID", calls.call("nvmlDeviceGetUUID", device, buffer, 96));
        String uuid = Calls.text(buffer, 0, 96);
        String name =
                calls.readString("nvmlDeviceGetName", device, 96).optional().orElse("");
        Memory pci = calls.buffer();
        String busId = calls.read(
                        "nvmlDeviceGetPciInfo_v3", "", () -> Calls.text(pci, Layout.PCI_BUS_ID, 32), device, pci)
                .optional()
                .orElse("");
        int minor = calls.readInt("nvmlDeviceGetMinorNumber", device).optional().orElse(-1);
        return new GpuIdentity(uuid, name, busId, minor);
    }

    private static void require(String function, int code) {
        if (code != ReturnCode.SUCCESS) {
            throw new Unreadable(function, code);
        }
    }

    private GpuReadings readings(Pointer device, FieldValues fields) {
        return new GpuReadings(
                utilization(device),
                memory(calls, device),
                calls.readInt("nvmlDeviceGetPowerUsage", device).map(DeviceReader::watts),
                calls.readInt("nvmlDeviceGetEnforcedPowerLimit", device).map(DeviceReader::watts),
                calls.readLong("nvmlDeviceGetTotalEnergyConsumption", device).map(millijoules -> millijoules / 1e3),
                temperature(device),
                clocks(device),
                reasons(device),
                fields.get(FieldValues.PCIE_TX_BYTES),
                fields.get(FieldValues.PCIE_RX_BYTES),
                fields.get(FieldValues.NVLINK_TX_KIB).map(kib -> kib * 1024),
                fields.get(FieldValues.NVLINK_RX_KIB).map(kib -> kib * 1024),
                new EccErrors(ecc(device, 0, 0), ecc(device, 0, 1), ecc(device, 1, 0), ecc(device, 1, 1)),
                remappedRows(device, fields),
                fields.get(FieldValues.RECOVERY_ACTION).map(Long::intValue),
                processes(device));
    }

    private static double watts(int milliwatts) {
        return Integer.toUnsignedLong(milliwatts) / 1e3;
    }

    private Reading<Utilization> utilization(Pointer device) {
        Memory out = calls.buffer();
        return calls.read(
                "nvmlDeviceGetUtilizationRates",
                "",
                () -> new Utilization(
                        out.getInt(Layout.UTILIZATION_GPU) / 100.0, out.getInt(Layout.UTILIZATION_MEMORY) / 100.0),
                device,
                out);
    }

    static Reading<GpuMemory> memory(Calls calls, Pointer device) {
        return memory(calls, device, "");
    }

    /**
     * Version 2 first: only it tells the driver's reserve apart.
     *
     * @param what keeps apart what the GPU and what its MIG devices do not support
     */
    static Reading<GpuMemory> memory(Calls calls, Pointer device, String what) {
        return anyMemory(calls, device, what).filter(GpuMemory::possible);
    }

    private static Reading<GpuMemory> anyMemory(Calls calls, Pointer device, String what) {
        Memory v2 = calls.buffer();
        v2.setInt(0, Layout.version(Layout.MEMORY_V2, 2));
        Reading<GpuMemory> read = calls.read(
                "nvmlDeviceGetMemoryInfo_v2",
                what,
                () -> new GpuMemory(
                        v2.getLong(Layout.MEMORY_V2_TOTAL),
                        v2.getLong(Layout.MEMORY_V2_USED),
                        v2.getLong(Layout.MEMORY_V2_FREE),
                        Optional.of(v2.getLong(Layout.MEMORY_V2_RESERVED))),
                device,
                v2);
        boolean older = read instanceof Reading.Unsupported
                || read instanceof Reading.Failed(int code) && code == ReturnCode.ARGUMENT_VERSION_MISMATCH;
        if (!older) {
            return read;
        }
        Memory v1 = calls.buffer();
        return calls.read(
                "nvmlDeviceGetMemoryInfo",
                what,
                () -> new GpuMemory(
                        v1.getLong(Layout.MEMORY_TOTAL),
                        v1.getLong(Layout.MEMORY_USED),
                        v1.getLong(Layout.MEMORY_FREE),
                        Optional.empty()),
                device,
                v1);
    }

    private Reading<Double> temperature(Pointer device) {
        Memory versioned = calls.buffer();
        versioned.setInt(0, Layout.version(Layout.TEMPERATURE, 1));
        versioned.setInt(Layout.TEMPERATURE_SENSOR, TEMPERATURE_OF_GPU);
        Reading<Double> read = calls.read(
                "nvmlDeviceGetTemperatureV",
                "",
                () -> (double) versioned.getInt(Layout.TEMPERATURE_VALUE),
                device,
                versioned);
        if (!(read instanceof Reading.Unsupported) && !(read instanceof Reading.Failed)) {
            return read;
        }
        Memory plain = calls.buffer();
        return calls.read(
                "nvmlDeviceGetTemperature", "", () -> (double) plain.getInt(0), device, TEMPERATURE_OF_GPU, plain);
    }

    private Map<ClockDomain, Reading<Long>> clocks(Pointer device) {
        Map<ClockDomain, Reading<Long>> clocks = new EnumMap<>(ClockDomain.class);
        for (ClockDomain clock : ClockDomain.values()) {
            Memory out = calls.buffer();
            clocks.put(
                    clock,
                    calls.read(
                            "nvmlDeviceGetClockInfo",
                            clock.label(),
                            () -> out.getInt(0) * 1_000_000L,
                            device,
                            clock.ordinal(),
                            out));
        }
        return clocks;
    }

    private Reading<Set<ClockEventReason>> reasons(Pointer device) {
        Reading<Long> mask = calls.readLong("nvmlDeviceGetCurrentClocksEventReasons", device);
        if (mask instanceof Reading.Unsupported) { // the name before driver 535
            mask = calls.readLong("nvmlDeviceGetCurrentClocksThrottleReasons", device);
        }
        return mask.map(ClockEventReason::in);
    }

    private Reading<Long> ecc(Pointer device, int type, int counter) {
        Memory out = calls.buffer();
        return calls.read(
                "nvmlDeviceGetTotalEccErrors", type + "/" + counter, () -> out.getLong(0), device, type, counter, out);
    }

    /** The fields answer while MIG instances exist, the call does not. */
    private Reading<RemappedRows> remappedRows(Pointer device, FieldValues fields) {
        if (fields.get(FieldValues.REMAPPED_CORRECTABLE) instanceof Reading.Value<Long>(Long correctable)
                && fields.get(FieldValues.REMAPPED_UNCORRECTABLE) instanceof Reading.Value<Long>(Long uncorrectable)
                && fields.get(FieldValues.REMAPPED_PENDING) instanceof Reading.Value<Long>(Long pending)
                && fields.get(FieldValues.REMAPPED_FAILURE) instanceof Reading.Value<Long>(Long failure)) {
            return Reading.of(new RemappedRows(correctable, uncorrectable, pending, failure));
        }
        Memory out = calls.buffer();
        return calls.read(
                "nvmlDeviceGetRemappedRows",
                "",
                () -> new RemappedRows(out.getInt(0), out.getInt(4), out.getInt(8), out.getInt(12)),
                device,
                out.share(0, 4),
                out.share(4, 4),
                out.share(8, 4),
                out.share(12, 4));
    }

    /** Asked with no room: INSUFFICIENT_SIZE comes with the number, which is all we want. */
    private Reading<Integer> processes(Pointer device) {
        String function = "nvmlDeviceGetComputeRunningProcesses_v3";
        if (calls.isUnsupported(function)) {
            return Reading.unsupported();
        }
        Memory count = calls.buffer();
        int code = calls.call(function, device, count, Pointer.NULL);
        return switch (code) {
            case ReturnCode.SUCCESS, ReturnCode.INSUFFICIENT_SIZE -> Reading.of(count.getInt(0));
            case ReturnCode.NOT_SUPPORTED, ReturnCode.FUNCTION_NOT_FOUND -> {
                calls.markUnsupported(function);
                yield Reading.unsupported();
            }
            case ReturnCode.NO_PERMISSION -> Reading.noPermission();
            default -> Reading.failed(code);
        };
    }
}
