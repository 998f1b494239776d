package dev.lastcall.gpu.nvml;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.lastcall.gpu.MigDevice;
import dev.lastcall.gpu.MigInstance;
import dev.lastcall.gpu.MigProfile;
import dev.lastcall.gpu.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Instances of a profile that has no index in the NVML we were written for, as later drivers bring: found by way of the MIG
 * devices that sit in them, so that their slices are not taken for free ones.
 */
final class UnlistedProfiles {

    private final Calls calls;
    private final MigProfiles profiles;

    UnlistedProfiles(Calls calls, MigProfiles profiles) {
        this.calls = calls;
        this.profiles = profiles;
    }

    /** Profiles and instances, the unlisted ones included. */
    record Found(List<MigProfile> profiles, Reading<List<MigInstance>> instances) {}

    /** Asks nothing of the driver where every device lies in a listed instance. */
    Found add(Pointer parent, List<MigDevice> devices, List<MigProfile> listed, Reading<List<MigInstance>> instances) {
        if (!(instances instanceof Reading.Value<List<MigInstance>>(List<MigInstance> known))) {
            return new Found(listed, instances);
        }
        List<MigProfile> offered = new ArrayList<>(listed);
        List<MigInstance> all = new ArrayList<>(known);
        for (MigDevice device : devices) {
            if (all.stream().noneMatch(instance -> instance.gi() == device.gi())) {
                instance(parent, device.gi()).ifPresent(seen -> {
                    Optional<MigProfile> profile = offered.stream()
                            .filter(offer -> offer.id() == seen.profileId())
                            .findFirst();
                    if (profile.isEmpty()) {
                        profile = profiles.byId(parent, seen.profileId());
                        profile.ifPresent(offered::add);
                    }
                    String name = profile.map(MigProfile::name).orElse("");
                    all.add(new MigInstance(seen.gi(), seen.profileId(), name, seen.placement()));
                });
            }
        }
        return new Found(offered, Reading.of(all));
    }

    private Optional<MigInstance> instance(Pointer parent, int gi) {
        Memory out = calls.buffer();
        return calls.ask("nvmlDeviceGetGpuInstanceById", () -> out.getPointer(0), parent, gi, out)
                .flatMap(handle -> MigReader.instance(calls, handle));
    }
}
