package dev.lastcall.allocation;

import dev.lastcall.gpu.Gpu;
import dev.lastcall.gpu.GpuSnapshot;
import dev.lastcall.gpu.MigDevice;
import dev.lastcall.gpu.MigState;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The devices of this node, and which of them an id means. */
record Inventory(List<Unit> units) {

    /**
     * One GPU.
     *
     * @param mig empty where it is not partitioned
     * @param fresh whether it was read in this scan
     */
    record Unit(String uuid, int minor, Optional<MigState.Enabled> mig, boolean fresh) {

        Stream<MigDevice> parts() {
            return mig.stream().flatMap(enabled -> enabled.devices().stream());
        }

        private List<Device> parts(Predicate<MigDevice> wanted) {
            return parts().filter(wanted).map(this::device).toList();
        }

        Device device(MigDevice part) {
            return new Device.Mig(uuid, part.uuid(), part.gi());
        }
    }

    static Inventory of(GpuSnapshot seen) {
        return new Inventory(
                seen.gpus().stream().flatMap(gpu -> unit(gpu).stream()).toList());
    }

    private static Optional<Unit> unit(Gpu gpu) {
        return gpu.state()
                .map(state -> new Unit(
                        state.identity().uuid(),
                        state.identity().minor(),
                        state.mig() instanceof MigState.Enabled enabled ? Optional.of(enabled) : Optional.empty(),
                        !gpu.stale()));
    }

    /** More than one where the id names a GPU instance that several compute instances share; empty = not of this node. */
    List<Device> find(DeviceId id) {
        return switch (id) {
            case DeviceId.GpuUuid(String text) -> {
                Optional<String> uuid = named(text, units.stream().map(Unit::uuid));
                yield whole(unit -> uuid.filter(unit.uuid()::equals).isPresent());
            }
            case DeviceId.GpuMinor(int minor) -> whole(unit -> unit.minor() == minor);
            case DeviceId.MigUuid(String text) -> {
                Optional<String> uuid =
                        named(text, units.stream().flatMap(Unit::parts).map(MigDevice::uuid));
                yield parts(_ -> true, part -> uuid.filter(part.uuid()::equals).isPresent());
            }
            case DeviceId.MigNumbers(String gpu, int gi, int ci) ->
                parts(unit -> unit.uuid().equals(gpu), part -> part.gi() == gi && part.ci() == ci);
            case DeviceId.InstanceOfMinor(int minor, int gi) ->
                parts(unit -> unit.minor() == minor, part -> part.gi() == gi);
            case DeviceId.PlaceOnMinor place -> at(place);
            case DeviceId.Unrecognised _ -> List.of();
        };
    }

    /** The device of which this text is the UUID, or the longest UUID behind which something stands that is no part of it. */
    private static Optional<String> named(String text, Stream<String> uuids) {
        return uuids.filter(uuid -> text.startsWith(uuid)
                        && (text.length() == uuid.length() || !Character.isLetterOrDigit(text.charAt(uuid.length()))))
                .max(Comparator.comparingInt(String::length));
    }

    /**
     * Whether an id that {@link #find} does not find may all the same mean a device of these GPUs. A UUID may not: those of
     * these GPUs and of their parts are known.
     */
    boolean mayBeHere(DeviceId unfound) {
        return switch (unfound) {
            case DeviceId.GpuUuid _, DeviceId.MigUuid _, DeviceId.MigNumbers _ -> false;
            case DeviceId.GpuMinor _, DeviceId.InstanceOfMinor _ -> hasUnknownMinor();
            case DeviceId.PlaceOnMinor place ->
                hasUnknownMinor() || units.stream().anyMatch(unit -> unit.minor() == place.minor());
            case DeviceId.Unrecognised _ -> true;
        };
    }

    private boolean hasUnknownMinor() {
        return units.stream().anyMatch(unit -> unit.minor() < 0);
    }

    /** Needs the privilege to see placements: without it a DRA claim on a part of a GPU stays unmapped. */
    private List<Device> at(DeviceId.PlaceOnMinor place) {
        return units.stream()
                .filter(unit -> unit.minor() == place.minor())
                .flatMap(unit -> unit.mig().stream()
                        .flatMap(mig -> mig.instances().optional().stream().flatMap(List::stream))
                        .filter(instance -> instance.profileId() == place.profileId()
                                && instance.placement().start() == place.start())
                        .flatMap(instance -> unit.parts(part -> part.gi() == instance.gi()).stream()))
                .toList();
    }

    private List<Device> whole(Predicate<Unit> wanted) {
        return units.stream()
                .filter(wanted)
                .<Device>map(unit -> new Device.Whole(unit.uuid()))
                .toList();
    }

    private List<Device> parts(Predicate<Unit> of, Predicate<MigDevice> wanted) {
        return units.stream()
                .filter(of)
                .flatMap(unit -> unit.parts(wanted).stream())
                .toList();
    }
}
