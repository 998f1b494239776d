package dev.lastcall.gpu.nvml;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.lastcall.gpu.MigDevice;
import dev.lastcall.gpu.Reading;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Utilisation per GPU instance from GPM, Hopper and later: two samples, the last scan's and this one's. GPU instance ids are
 * used again after a reconfiguration, so a sample carries what it was taken of, and two of different instances are never
 * compared.
 */
final class MigUtilization {

    /** NVML_GPM_METRIC_GRAPHICS_UTIL: percent of time in which the instance's graphics or compute engine was busy. */
    private static final int GRAPHICS_UTIL = 1;

    /** NVML: samples closer than 100 ms do not differ. */
    private static final long MIN_INTERVAL_NANOS = 110_000_000;

    /** The structure's array grows with each release (333 elements in 13.0, 477 in 13.5): room for what a driver may clear. */
    private static final int METRICS_SIZE = Layout.GPM_GET_HEAD + 1024 * Layout.GPM_METRIC;

    private record Sample(Pointer handle, String of, long takenNanos, Reading<Double> value) {}

    private final Calls calls;
    private final Map<Integer, Sample> last = new HashMap<>();
    private boolean asked;
    private boolean supported;

    MigUtilization(Calls calls) {
        this.calls = calls;
    }

    boolean supported(Pointer device) {
        if (!asked) {
            Memory out = calls.buffer();
            out.setInt(0, 1); // the version word of this structure is a plain 1
            supported = calls.read(
                            "nvmlGpmQueryDeviceSupport", "", () -> out.getInt(Layout.GPM_SUPPORT_IS) != 0, device, out)
                    .optional()
                    .orElse(false);
            asked = true;
        }
        return supported;
    }

    /** @param identity differs when the instance behind this id is another one */
    Reading<Double> read(Pointer device, int gi, String identity) {
        Sample before = last.get(gi);
        boolean comparable = before != null && before.of().equals(identity);
        if (before != null && comparable && System.nanoTime() - before.takenNanos() < MIN_INTERVAL_NANOS) {
            return before.value();
        }
        Memory out = calls.buffer();
        Reading<Pointer> allocated = calls.read("nvmlGpmSampleAlloc", "", () -> out.getPointer(0), out);
        if (!(allocated instanceof Reading.Value<Pointer>(Pointer handle))) {
            return allocated.map(_ -> 0.0);
        }
        Reading<Boolean> taken = calls.read("nvmlGpmMigSampleGet", "", () -> true, device, gi, handle);
        if (!(taken instanceof Reading.Value)) {
            free(handle);
            return taken.map(_ -> 0.0);
        }
        Reading<Double> value = before != null && comparable
                ? between(before.handle(), handle)
                : Reading.failed(ReturnCode.NO_DATA); // the next scan will know
        if (before != null) {
            free(before.handle());
        }
        last.put(gi, new Sample(handle, identity, System.nanoTime(), value));
        return value;
    }

    private Reading<Double> between(Pointer first, Pointer second) {
        try (Memory get = new Memory(METRICS_SIZE)) {
            get.clear();
            get.setInt(0, 1);
            get.setInt(Layout.GPM_GET_COUNT, 1);
            get.setPointer(Layout.GPM_GET_SAMPLE1, first);
            get.setPointer(Layout.GPM_GET_SAMPLE2, second);
            get.setInt(Layout.GPM_GET_HEAD, GRAPHICS_UTIL);
            Reading<Integer> answer = calls.read(
                    "nvmlGpmMetricsGet", "", () -> get.getInt(Layout.GPM_GET_HEAD + Layout.GPM_METRIC_RETURN), get);
            return switch (answer) {
                case Reading.Value<Integer>(Integer code)
                when code == ReturnCode.SUCCESS ->
                    Reading.of(get.getDouble(Layout.GPM_GET_HEAD + Layout.GPM_METRIC_VALUE) / 100);
                case Reading.Value<Integer>(Integer code) -> Reading.failed(code);
                default -> answer.map(_ -> 0.0);
            };
        }
    }

    void forgetAllBut(List<MigDevice> devices) {
        Set<Integer> alive = devices.stream().map(MigDevice::gi).collect(Collectors.toSet());
        last.entrySet().removeIf(entry -> {
            boolean gone = !alive.contains(entry.getKey());
            if (gone) {
                free(entry.getValue().handle());
            }
            return gone;
        });
    }

    void release() {
        last.values().forEach(sample -> free(sample.handle()));
        last.clear();
        asked = false;
    }

    private void free(Pointer handle) {
        calls.call("nvmlGpmSampleFree", handle);
    }
}
