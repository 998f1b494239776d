package dev.lastcall.gpu.nvml;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.gpu.Gpu;
import dev.lastcall.gpu.GpuSnapshot;
import dev.lastcall.gpu.MigDevice;
import dev.lastcall.gpu.MigInstance;
import dev.lastcall.gpu.MigState;
import dev.lastcall.gpu.Placement;
import dev.lastcall.gpu.Reading;
import dev.lastcall.gpu.Utilization;
import dev.lastcall.support.nvml.NvmlSim;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** MIG managers destroy and create instances while we read; the simulator stops between two calls and goes on with another layout. */
class ReconfigurationTest {

    /** Layout A of the fragmentation definitions beside a healthy GPU. */
    private static final String BEFORE = """
            {"gpus": [{"geometry": "a100-40", "mig": true, "hang": [%s], "instances": [
              {"profile": "1g.5gb", "start": 2, "gi": 9, "index": 1, "uuid": "MIG-a"},
              {"profile": "2g.10gb", "start": 4, "gi": 5, "index": 4, "uuid": "MIG-b"},
              {"profile": "1g.5gb", "start": 6, "gi": 11, "index": 6, "uuid": "MIG-c"}]},
             {"geometry": "a30", "temperatureCelsius": 40}]}
            """;

    @TempDir
    Path folder;

    private NvmlGpuReader reader = reader("none");

    @AfterEach
    void close() {
        reader.close();
    }

    /** The new instance even has the id and the UUID of an old one. */
    @Test
    void a_scan_under_which_the_layout_changes_shows_the_new_one_and_nothing_of_the_old() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, BEFORE.formatted("\"nvmlDeviceGetGpuInstanceId\""));

        GpuSnapshot snapshot = scanAcross(sim, """
                {"gpus": [{"geometry": "a100-40", "mig": true, "instances": [
                  {"profile": "3g.20gb", "start": 0, "gi": 9, "uuid": "MIG-a"}]},
                 {"geometry": "a30", "temperatureCelsius": 41}]}
                """);

        MigState.Enabled mig = enabled(snapshot);
        assertThat(mig.devices())
                .singleElement()
                .extracting(MigDevice::uuid, MigDevice::gi, MigDevice::profile, MigDevice::computeSlices)
                .containsExactly("MIG-a", 9, "3g.20gb", 3);
        assertThat(mig.instances())
                .isEqualTo(Reading.of(List.of(new MigInstance(9, 9, "3g.20gb", new Placement(0, 4)))));
        assertThat(mig.profiles())
                .as("what the driver says still fits belongs to the same layout")
                .filteredOn(profile -> profile.name().equals("3g.20gb"))
                .singleElement()
                .matches(profile -> profile.remaining().equals(Reading.of(1)));
        assertThat(snapshot.gpus().get(1).fresh().orElseThrow().readings().temperatureCelsius())
                .as("the other was read meanwhile")
                .isEqualTo(Reading.of(40.0));
    }

    @Test
    void instances_destroyed_while_they_are_read_are_gone_from_the_same_scan() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, BEFORE.formatted("\"nvmlDeviceGetComputeInstanceId\""));

        GpuSnapshot snapshot = scanAcross(sim, """
                {"gpus": [{"geometry": "a100-40", "mig": true}, {"geometry": "a30"}]}
                """);

        MigState.Enabled mig = enabled(snapshot);
        assertThat(snapshot.gpus()).noneMatch(Gpu::stale);
        assertThat(mig.devices()).isEmpty();
        assertThat(mig.instances()).isEqualTo(Reading.of(List.of()));
        assertThat(mig.profiles()).allMatch(profile -> profile.remaining().equals(Reading.of(profile.maxInstances())));
    }

    @Test
    void mig_switched_off_under_a_scan_and_on_again_later_is_followed() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, BEFORE.formatted("\"nvmlGpuInstanceGetInfo\""));
        String off = """
                {"gpus": [{"geometry": "a100-40", "utilization": {"gpu": 70, "memory": 20}}, {"geometry": "a30"}]}
                """;

        GpuSnapshot across = scanAcross(sim, off, "nvmlDeviceGetGpuInstances");

        assertThat(across.gpus()).noneMatch(Gpu::stale);
        Gpu.State whole = reader.scan().gpus().getFirst().fresh().orElseThrow();
        assertThat(whole.mig()).isEqualTo(new MigState.Disabled(false));
        assertThat(whole.readings().utilization()).isEqualTo(Reading.of(new Utilization(0.7, 0.2)));

        sim.scenario(BEFORE.formatted(""));
        assertThat(enabled(reader.scan()).devices()).hasSize(3);
    }

    /** With MIG on and no instance yet, then off: no instance came or went, but what is supported did. */
    @Test
    void what_mig_forbids_comes_back_even_if_there_never_was_an_instance() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "a100-40", "mig": true}]}
                """);
        reader = reader(sim.library());
        reader.scan();

        sim.scenario("""
                {"gpus": [{"geometry": "a100-40", "utilization": {"gpu": 70, "memory": 20}}]}
                """);

        assertThat(reader.scan()
                        .gpus()
                        .getFirst()
                        .fresh()
                        .orElseThrow()
                        .readings()
                        .utilization())
                .isEqualTo(Reading.of(new Utilization(0.7, 0.2)));
    }

    /** "Not supported" for a handle that just died must not be taken for a trait of the GPU. */
    @Test
    void a_device_that_was_refused_once_is_seen_by_the_next_scan() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "a30", "mig": true, "errors": {"nvmlDeviceGetGpuInstanceId": 3, "nvmlGpuInstanceGetInfo": 3},
                  "instances": [{"profile": "1g.6gb", "start": 0}]}]}
                """);
        reader = reader(sim.library());
        assertThat(enabled(reader.scan()).devices()).isEmpty();

        sim.scenario("""
                {"gpus": [{"geometry": "a30", "mig": true, "instances": [{"profile": "1g.6gb", "start": 0}]}]}
                """);

        MigState.Enabled mig = enabled(reader.scan());
        assertThat(mig.devices()).hasSize(1);
        assertThat(mig.instances().optional().orElseThrow()).hasSize(1);
    }

    @Test
    void a_pending_mode_is_told_apart_from_the_one_in_force() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "a30", "migPending": true}, {"geometry": "a30", "mig": true, "migPending": false}]}
                """);
        reader = reader(sim.library());

        GpuSnapshot snapshot = reader.scan();

        assertThat(snapshot.gpus().getFirst().fresh().orElseThrow().mig()).isEqualTo(new MigState.Disabled(true));
        assertThat(snapshot.gpus().get(1).fresh().orElseThrow().mig())
                .isInstanceOfSatisfying(
                        MigState.Enabled.class, mig -> assertThat(mig.pending()).isFalse());
    }

    private GpuSnapshot scanAcross(NvmlSim sim, String next) throws Exception {
        return scanAcross(sim, next, "nvmlDeviceGetMigDeviceHandleByIndex");
    }

    /** One scan, between two of whose calls the scenario changes: it waits in the one that hangs, after this one. */
    private GpuSnapshot scanAcross(NvmlSim sim, String next, String reached) throws Exception {
        reader = reader(sim.library());
        CompletableFuture<GpuSnapshot> scan = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> scan.complete(reader.scan()));
        Awaitility.await()
                .until(() -> sim.calls().stream()
                        .anyMatch(call -> call.gpu() == 0
                                && call.function().equals(reached)
                                && call.code() == ReturnCode.SUCCESS));
        sim.scenario(next);
        return scan.get(60, TimeUnit.SECONDS);
    }

    private static MigState.Enabled enabled(GpuSnapshot snapshot) {
        return (MigState.Enabled)
                snapshot.gpus().getFirst().fresh().orElseThrow().mig();
    }

    private static NvmlGpuReader reader(String library) {
        return new NvmlGpuReader(NvmlOptions.of(library, Duration.ofSeconds(30)), InstantSource.system(), () -> {
            throw new AssertionError("asked to exit");
        });
    }
}
