package dev.lastcall.gpu.nvml;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.lastcall.gpu.MigDevice;
import dev.lastcall.gpu.MigInstance;
import dev.lastcall.gpu.MigProfile;
import dev.lastcall.gpu.MigState;
import dev.lastcall.gpu.Placement;
import dev.lastcall.gpu.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads how one GPU is partitioned: MIG devices always, profiles, instances and placements where the process may. */
final class MigReader {

    private static final int ATTEMPTS = 3;

    private final Calls calls;
    private final MigProfiles profiles;
    private final UnlistedProfiles unlisted;
    private final MigUtilization utilization;
    private Seen last = new Seen("", Set.of());
    private Reading<Integer> unassigned = Reading.unsupported();
    private int assignedSlices;

    /** Ids and UUIDs are used again: only with its profile is a part a new one. */
    private record Part(String uuid, int gi, int ci, String profile) {}

    private record Seen(String mode, Set<Part> parts) {}

    MigReader(Calls calls) {
        this.calls = calls;
        this.profiles = new MigProfiles(calls);
        this.unlisted = new UnlistedProfiles(calls, profiles);
        this.utilization = new MigUtilization(calls);
    }

    /** @param computeSlicesWithoutInstance as {@link dev.lastcall.gpu.GpuDetails} has it */
    record Read(MigState state, Reading<Integer> computeSlicesWithoutInstance) {}

    Read read(Pointer device) {
        unassigned = Reading.unsupported();
        MigState state = state(device);
        noticeChange(state);
        return new Read(state, unassigned);
    }

    private MigState state(Pointer device) {
        Memory out = calls.buffer();
        Reading<int[]> mode = calls.read(
                "nvmlDeviceGetMigMode",
                "",
                () -> new int[] {out.getInt(0), out.getInt(4)},
                device,
                out.share(0, 4),
                out.share(4, 4));
        return switch (mode) {
            case Reading.Value<int[]>(int[] on) when on[0] == 0 -> new MigState.Disabled(on[1] != 0);
            case Reading.Value<int[]>(int[] on) -> enabled(device, on[1] != 0);
            case Reading.Unsupported<int[]> _ -> new MigState.NotSupported();
            case Reading.NoPermission<int[]> _, Reading.Failed<int[]> _ -> new MigState.Unknown();
        };
    }

    /** What a GPU supports depends on its mode and instances, so a change makes everything worth asking again. */
    private void noticeChange(MigState state) {
        Set<Part> parts = state instanceof MigState.Enabled enabled
                ? enabled.devices().stream()
                        .map(part -> new Part(part.uuid(), part.gi(), part.ci(), part.profile()))
                        .collect(Collectors.toSet())
                : Set.of();
        Seen now = new Seen(state.label(), parts);
        if (!now.equals(last)) {
            calls.forgetUnsupported();
            profiles.forget();
            last = now;
        }
    }

    void release() {
        utilization.release();
        profiles.forget();
    }

    /**
     * A reconfiguration may happen between any two calls. A reading counts when the instances were the same at its beginning
     * and at its end and none went away under us; else it is made again, and the last one stands: the driver's event or the
     * next scan puts it right.
     */
    private MigState enabled(Pointer device, boolean pending) {
        List<MigProfile> offered = profiles.read(device);
        boolean supported = utilization.supported(device);
        for (int attempt = 1; ; attempt++) {
            Reading<List<MigInstance>> before = instances(device, offered);
            List<MigProfile> now = profiles.withRemaining(device, offered);
            List<MigDevice> devices = new ArrayList<>();
            boolean allThere = devices(device, before, supported, devices);
            Reading<List<MigInstance>> after = instances(device, offered);
            if (allThere && after.equals(before) || attempt == ATTEMPTS) {
                utilization.forgetAllBut(devices);
                UnlistedProfiles.Found all = unlisted.add(device, devices, now, after);
                unassigned = all.instances().map(some -> unassigned(some, all.profiles()));
                return new MigState.Enabled(pending, devices, all.profiles(), all.instances(), supported);
            }
        }
    }

    private int unassigned(List<MigInstance> instances, List<MigProfile> profiles) {
        int held = instances.stream()
                .flatMap(instance -> profiles.stream().filter(profile -> profile.id() == instance.profileId()))
                .mapToInt(MigProfile::computeSlices)
                .sum();
        return Math.max(0, held - assignedSlices);
    }

    /** False when a device went away between two calls. */
    private boolean devices(
            Pointer device, Reading<List<MigInstance>> instances, boolean supported, List<MigDevice> found) {
        boolean allThere = true;
        assignedSlices = 0;
        int slots = calls.readInt("nvmlDeviceGetMaxMigDeviceCount", device)
                .optional()
                .orElse(0);
        for (int slot = 0; slot < slots; slot++) { // a hole answers NOT_FOUND: the next slot may be taken
            Memory out = calls.buffer();
            if (calls.call("nvmlDeviceGetMigDeviceHandleByIndex", device, slot, out) == ReturnCode.SUCCESS) {
                Optional<MigDevice> one = device(device, slot, out.getPointer(0), instances, supported);
                one.ifPresent(found::add);
                allThere &= one.isPresent();
            }
        }
        return allThere;
    }

    /** Empty when the device went away between two calls. */
    private Optional<MigDevice> device(
            Pointer parent, int slot, Pointer handle, Reading<List<MigInstance>> instances, boolean supported) {
        Optional<String> uuid = calls.askString("nvmlDeviceGetUUID", handle, 96);
        Optional<Integer> gi = calls.askInt("nvmlDeviceGetGpuInstanceId", handle);
        Optional<Integer> ci = calls.askInt("nvmlDeviceGetComputeInstanceId", handle);
        if (uuid.isEmpty() || gi.isEmpty() || ci.isEmpty()) {
            return Optional.empty();
        }
        Optional<String> name = calls.askString("nvmlDeviceGetName", handle, 96);
        Memory attributes = calls.buffer();
        int slices = calls.ask(
                        "nvmlDeviceGetAttributes_v2",
                        () -> {
                            assignedSlices += attributes.getInt(Layout.ATTRIBUTES_CI_SLICES);
                            return attributes.getInt(Layout.ATTRIBUTES_GI_SLICES);
                        },
                        handle,
                        attributes)
                .orElse(0);
        Object placement = instances.optional().stream()
                .flatMap(List::stream)
                .filter(instance -> instance.gi() == gi.get())
                .<Object>map(instance -> instance)
                .findFirst()
                .orElse("");
        Reading<Double> busy =
                supported ? utilization.read(parent, gi.get(), uuid.get() + placement) : Reading.unsupported();
        return Optional.of(new MigDevice(
                slot,
                uuid.get(),
                gi.get(),
                ci.get(),
                name.map(MigProfiles::bareName).orElse(""),
                slices,
                DeviceReader.memory(calls, handle, "/mig"),
                busy));
    }

    private Reading<List<MigInstance>> instances(Pointer device, List<MigProfile> offered) {
        List<MigInstance> found = new ArrayList<>();
        for (MigProfile profile : offered) {
            Reading<List<MigInstance>> ofProfile = instancesOf(device, profile);
            switch (ofProfile) {
                case Reading.Value<List<MigInstance>>(List<MigInstance> some) -> found.addAll(some);
                case Reading.Unsupported<List<MigInstance>> _ -> {} // this profile alone
                default -> {
                    return ofProfile;
                }
            }
        }
        return offered.isEmpty() ? Reading.unsupported() : Reading.of(found);
    }

    /** The call takes no size: the array must hold as many as the profile allows. */
    private Reading<List<MigInstance>> instancesOf(Pointer device, MigProfile profile) {
        Memory out = calls.buffer();
        long handles = 8;
        Reading<List<Pointer>> some = calls.read(
                "nvmlDeviceGetGpuInstances",
                Integer.toString(profile.id()),
                () -> {
                    List<Pointer> list = new ArrayList<>();
                    for (int i = 0; i < out.getInt(0); i++) {
                        list.add(out.getPointer(handles + (long) i * Native.POINTER_SIZE));
                    }
                    return list;
                },
                device,
                profile.id(),
                out.share(handles),
                out.share(0, 4));
        return some.map(list -> list.stream()
                .flatMap(handle -> instance(handle, profile).stream())
                .toList());
    }

    private Optional<MigInstance> instance(Pointer handle, MigProfile profile) {
        return instance(calls, handle)
                .map(seen -> new MigInstance(seen.gi(), seen.profileId(), profile.name(), seen.placement()));
    }

    /** Without the name of its profile; empty when it went away. */
    static Optional<MigInstance> instance(Calls calls, Pointer handle) {
        Memory out = calls.buffer();
        return calls.ask(
                "nvmlGpuInstanceGetInfo",
                () -> new MigInstance(
                        out.getInt(Layout.GPU_INSTANCE_ID),
                        out.getInt(Layout.GPU_INSTANCE_PROFILE),
                        "",
                        new Placement(out.getInt(Layout.GPU_INSTANCE_START), out.getInt(Layout.GPU_INSTANCE_SIZE))),
                handle,
                out);
    }
}
