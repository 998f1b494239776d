package dev.lastcall.gpu.nvml;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.lastcall.gpu.GpuMemory;
import dev.lastcall.gpu.MigProfile;
import dev.lastcall.gpu.Placement;
import dev.lastcall.gpu.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What kinds of GPU instance a GPU offers, and where each may lie. Ids and grids differ per product: nothing is assumed. */
final class MigProfiles {

    /** NVML_GPU_INSTANCE_PROFILE_COUNT of API 13: drivers refuse higher ones as invalid, not as unsupported. */
    private static final int PROFILE_INDICES = 0x12;

    private static final int MAX_PLACEMENTS = 256;

    private final Calls calls;
    private @Nullable List<MigProfile> known;

    MigProfiles(Calls calls) {
        this.calls = calls;
    }

    /**
     * Empty when the driver does not describe profiles (for example while MIG is off). They belong to the product: what was read whole
     * is not asked for again until {@link #forget}, because it is a quarter of all calls of a scan.
     */
    List<MigProfile> read(Pointer device) {
        if (known != null) {
            return known;
        }
        List<MigProfile> profiles = new ArrayList<>();
        boolean whole = true;
        for (int index = 0; index < PROFILE_INDICES; index++) {
            Reading<MigProfile> profile = described(device, index).map(bare -> placed(device, bare));
            profile.optional().ifPresent(profiles::add);
            whole &= isAnswer(profile)
                    && profile.optional()
                            .map(MigProfile::placements)
                            .map(MigProfiles::isAnswer)
                            .orElse(true);
        }
        if (whole) {
            known = List.copyOf(profiles);
        }
        return profiles;
    }

    /** To be called when the GPU's mode or instances have changed, and at the end of the session. */
    void forget() {
        known = null;
    }

    /** Whether the driver would say the same again. */
    private static boolean isAnswer(Reading<?> reading) {
        return switch (reading) {
            case Reading.Value<?> _, Reading.Unsupported<?> _ -> true;
            case Reading.Failed<?>(int code) -> code == ReturnCode.INVALID_ARGUMENT;
            case Reading.NoPermission<?> _ -> false;
        };
    }

    private MigProfile placed(Pointer device, MigProfile bare) {
        return new MigProfile(
                bare.id(),
                bare.name(),
                bare.computeSlices(),
                bare.memoryMiB(),
                bare.maxInstances(),
                bare.multiprocessors(),
                placements(device, bare.id()),
                bare.remaining());
    }

    /** The same profiles with what the driver says still fits; apart from {@link #read}, since it changes with the layout. */
    List<MigProfile> withRemaining(Pointer device, List<MigProfile> profiles) {
        return profiles.stream().map(profile -> withRemaining(device, profile)).toList();
    }

    private MigProfile withRemaining(Pointer device, MigProfile profile) {
        Memory out = calls.buffer();
        Reading<Integer> remaining = calls.read(
                "nvmlDeviceGetGpuInstanceRemainingCapacity",
                Integer.toString(profile.id()),
                () -> out.getInt(0),
                device,
                profile.id(),
                out);
        return new MigProfile(
                profile.id(),
                profile.name(),
                profile.computeSlices(),
                profile.memoryMiB(),
                profile.maxInstances(),
                profile.multiprocessors(),
                profile.placements(),
                remaining);
    }

    /** Newest structure first; the unversioned one has no name, so it is put together as NVIDIA's tools do. */
    private Reading<MigProfile> described(Pointer device, int index) {
        Reading<MigProfile> read = versioned(device, index, 3);
        if (olderStructure(read)) {
            read = versioned(device, index, 2);
        }
        if (olderStructure(read) || read instanceof Reading.Unsupported) {
            read = unversioned(device, index);
        }
        return read;
    }

    private static boolean olderStructure(Reading<?> read) {
        return read instanceof Reading.Failed<?>(int code) && code == ReturnCode.ARGUMENT_VERSION_MISMATCH;
    }

    private Reading<MigProfile> versioned(Pointer device, int index, int version) {
        return versioned("nvmlDeviceGetGpuInstanceProfileInfoV", device, index, version);
    }

    /** The profile with this id, which {@link #read} did not list; newest structure first. */
    Optional<MigProfile> byId(Pointer device, int id) {
        Reading<MigProfile> read = versioned("nvmlDeviceGetGpuInstanceProfileInfoByIdV", device, id, 3);
        if (olderStructure(read)) {
            read = versioned("nvmlDeviceGetGpuInstanceProfileInfoByIdV", device, id, 2);
        }
        return read.optional().map(bare -> withRemaining(device, placed(device, bare)));
    }

    private Reading<MigProfile> versioned(String function, Pointer device, int index, int version) {
        boolean v3 = version == 3;
        Memory out = calls.buffer();
        out.setInt(0, Layout.version(v3 ? Layout.PROFILE_V3 : Layout.PROFILE_V2, version));
        return calls.read(
                function,
                "v" + version + "/" + index,
                () -> new MigProfile(
                        out.getInt(v3 ? Layout.PROFILE_V3_ID : Layout.PROFILE_V2_ID),
                        bareName(Calls.text(out, v3 ? Layout.PROFILE_V3_NAME : Layout.PROFILE_V2_NAME, 96)),
                        out.getInt(v3 ? Layout.PROFILE_V3_SLICES : Layout.PROFILE_V2_SLICES),
                        out.getLong(v3 ? Layout.PROFILE_V3_MEMORY_MIB : Layout.PROFILE_V2_MEMORY_MIB),
                        out.getInt(v3 ? Layout.PROFILE_V3_INSTANCES : Layout.PROFILE_V2_INSTANCES),
                        out.getInt(v3 ? Layout.PROFILE_V3_SM : Layout.PROFILE_V2_SM),
                        Reading.unsupported(),
                        Reading.unsupported()),
                device,
                index,
                out);
    }

    private Reading<MigProfile> unversioned(Pointer device, int index) {
        Memory out = calls.buffer();
        Reading<MigProfile> read = calls.read(
                "nvmlDeviceGetGpuInstanceProfileInfo",
                Integer.toString(index),
                () -> new MigProfile(
                        out.getInt(Layout.PROFILE_ID),
                        "",
                        out.getInt(Layout.PROFILE_SLICES),
                        out.getLong(Layout.PROFILE_MEMORY_MIB),
                        out.getInt(Layout.PROFILE_INSTANCES),
                        out.getInt(Layout.PROFILE_SM),
                        Reading.unsupported(),
                        Reading.unsupported()),
                device,
                index,
                out);
        if (!(read instanceof Reading.Value<MigProfile>(MigProfile bare))) {
            return read;
        }
        long total = DeviceReader.memory(calls, device)
                .optional()
                .map(GpuMemory::total)
                .orElse(0L);
        return Reading.of(new MigProfile(
                bare.id(),
                ProfileName.of(index, bare.computeSlices(), bare.memoryMiB(), total),
                bare.computeSlices(),
                bare.memoryMiB(),
                bare.maxInstances(),
                bare.multiprocessors(),
                bare.placements(),
                bare.remaining()));
    }

    /** First the number, then the list: all legal places of the profile, taken or not. */
    private Reading<List<Placement>> placements(Pointer device, int profile) {
        String function = "nvmlDeviceGetGpuInstancePossiblePlacements_v2";
        Memory sizing = calls.buffer();
        Reading<Integer> count = calls.read(
                function, Integer.toString(profile), () -> sizing.getInt(0), device, profile, Pointer.NULL, sizing);
        if (!(count instanceof Reading.Value<Integer>(Integer n))) {
            return count.map(_ -> List.of());
        }
        Memory out = calls.buffer();
        int room = Math.min(n, MAX_PLACEMENTS);
        out.setInt(0, room);
        return calls.read(
                function,
                Integer.toString(profile),
                () -> {
                    List<Placement> places = new ArrayList<>();
                    for (int i = 0; i < Math.min(room, out.getInt(0)); i++) {
                        long at = 8 + (long) i * Layout.PLACEMENT;
                        places.add(new Placement(
                                out.getInt(at + Layout.PLACEMENT_START), out.getInt(at + Layout.PLACEMENT_SIZE)));
                    }
                    return places;
                },
                device,
                profile,
                out.share(8),
                out.share(0, 4));
    }

    /** {@code 3g.20gb} of {@code MIG 3g.20gb} or {@code NVIDIA A100-SXM4-40GB MIG 3g.20gb}. */
    static String bareName(String name) {
        int at = name.lastIndexOf("MIG ");
        return (at < 0 ? name : name.substring(at + "MIG ".length())).trim();
    }
}
