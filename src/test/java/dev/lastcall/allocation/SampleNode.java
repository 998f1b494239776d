package dev.lastcall.allocation;

import dev.lastcall.gpu.EccErrors;
import dev.lastcall.gpu.Gpu;
import dev.lastcall.gpu.GpuIdentity;
import dev.lastcall.gpu.GpuReadings;
import dev.lastcall.gpu.GpuSnapshot;
import dev.lastcall.gpu.MigDevice;
import dev.lastcall.gpu.MigInstance;
import dev.lastcall.gpu.MigState;
import dev.lastcall.gpu.Placement;
import dev.lastcall.gpu.ReaderState;
import dev.lastcall.gpu.Reading;
import dev.lastcall.gpu.Staleness;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A node as a scan would show it, GPU by GPU. */
final class SampleNode {

    private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

    private final List<Gpu> gpus = new ArrayList<>();

    SampleNode whole(String uuid, int minor) {
        return gpu(uuid, minor, new MigState.Disabled(false), Optional.empty());
    }

    SampleNode stale(String uuid, int minor) {
        return gpu(uuid, minor, new MigState.Disabled(false), Optional.of(new Staleness.Hung("nvmlDeviceGetUUID")));
    }

    SampleNode partitioned(String uuid, int minor, Part... parts) {
        return partitioned(uuid, minor, true, parts);
    }

    /** @param visible whether the process may see where instances lie */
    SampleNode partitioned(String uuid, int minor, boolean visible, Part... parts) {
        List<MigDevice> devices = new ArrayList<>();
        List<MigInstance> instances = new ArrayList<>();
        for (Part part : parts) {
            devices.add(new MigDevice(
                    devices.size(),
                    part.uuid(),
                    part.gi(),
                    part.ci(),
                    part.profile(),
                    1,
                    Reading.unsupported(),
                    Reading.unsupported()));
            instances.add(new MigInstance(part.gi(), part.profileId(), part.profile(), new Placement(part.start(), 1)));
        }
        Reading<List<MigInstance>> shown = visible ? Reading.of(instances) : Reading.noPermission();
        return gpu(uuid, minor, new MigState.Enabled(true, devices, List.of(), shown, false), Optional.empty());
    }

    GpuSnapshot seen() {
        return new GpuSnapshot(NOW, Duration.ofMillis(3), new ReaderState.Ready("570.133.20"), gpus, Map.of());
    }

    /** One MIG device. */
    record Part(String uuid, int gi, int ci, String profile, int profileId, int start) {}

    private SampleNode gpu(String uuid, int minor, MigState mig, Optional<Staleness> staleness) {
        GpuIdentity who = new GpuIdentity(uuid, "NVIDIA A100-SXM4-40GB", "00000000:17:00.0", minor);
        gpus.add(new Gpu(
                gpus.size(), staleness, Optional.of(NOW), Optional.of(new Gpu.State(who, nothing(), mig)), Map.of()));
        return this;
    }

    private static GpuReadings nothing() {
        return new GpuReadings(
                Reading.unsupported(),
                Reading.unsupported(),
                Reading.unsupported(),
                Reading.unsupported(),
                Reading.unsupported(),
                Reading.unsupported(),
                Map.of(),
                Reading.unsupported(),
                Reading.unsupported(),
                Reading.unsupported(),
                Reading.unsupported(),
                Reading.unsupported(),
                new EccErrors(
                        Reading.unsupported(), Reading.unsupported(), Reading.unsupported(), Reading.unsupported()),
                Reading.unsupported(),
                Reading.unsupported(),
                Reading.unsupported());
    }
}
