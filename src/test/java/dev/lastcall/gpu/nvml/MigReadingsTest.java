package dev.lastcall.gpu.nvml;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.gpu.GpuMemory;
import dev.lastcall.gpu.GpuSnapshot;
import dev.lastcall.gpu.MigDevice;
import dev.lastcall.gpu.MigInstance;
import dev.lastcall.gpu.MigProfile;
import dev.lastcall.gpu.MigState;
import dev.lastcall.gpu.Placement;
import dev.lastcall.gpu.Reading;
import dev.lastcall.support.nvml.NvmlSim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * How a partitioned GPU reads, with and without privilege.
 *
 * <p>A little over 300 lines: a third of it is scenarios, which belong beside what they show.
 */
class MigReadingsTest {

    private static final long MIB = 1024 * 1024;

    /** Layout A of the fragmentation definitions, with holes in the MIG index at 0, 2 and 3. */
    private static final String LAYOUT_A = """
            {"privileged": %s, "gpus": [{"geometry": "a100-40", "mig": true, "instances": [
              {"profile": "1g.5gb", "start": 2, "gi": 9, "index": 1, "uuid": "MIG-a", "usedMiB": 900},
              {"profile": "2g.10gb", "start": 4, "gi": 5, "index": 4, "uuid": "MIG-b"},
              {"profile": "1g.5gb", "start": 6, "gi": 11, "index": 6, "uuid": "MIG-c"}]}]}
            """;

    @TempDir
    Path folder;

    private NvmlGpuReader reader = reader("none");

    @AfterEach
    void close() {
        reader.close();
    }

    /** keda-gpu-scaler stops at the first empty index and loses every instance behind it. */
    @Test
    void holes_in_the_mig_index_hide_nothing() throws Exception {
        MigState.Enabled mig = scan(NvmlSim.in(folder, LAYOUT_A.formatted(true)));

        assertThat(mig.devices()).extracting(MigDevice::index).containsExactly(1, 4, 6);
        assertThat(mig.devices()).extracting(MigDevice::uuid).containsExactly("MIG-a", "MIG-b", "MIG-c");
        assertThat(mig.devices())
                .first()
                .isEqualTo(new MigDevice(
                        1,
                        "MIG-a",
                        9,
                        0,
                        "1g.5gb",
                        1,
                        Reading.of(new GpuMemory(4864 * MIB, 900 * MIB, (4864 - 900) * MIB, Optional.of(0L))),
                        Reading.unsupported()));
    }

    @Test
    void with_privilege_the_places_of_instances_and_profiles_are_seen() throws Exception {
        MigState.Enabled mig = scan(NvmlSim.in(folder, LAYOUT_A.formatted(true)));

        assertThat(mig.placementVisible()).isTrue();
        assertThat(mig.memorySlices()).isEqualTo(8);
        assertThat(mig.computeSlices()).isEqualTo(7);
        assertThat(mig.instances().optional().orElseThrow())
                .containsExactlyInAnyOrder(
                        new MigInstance(9, 19, "1g.5gb", new Placement(2, 1)),
                        new MigInstance(5, 14, "2g.10gb", new Placement(4, 2)),
                        new MigInstance(11, 19, "1g.5gb", new Placement(6, 1)));
        assertThat(mig.placementOf(5)).contains(new Placement(4, 2));
        assertThat(profile(mig, "3g.20gb"))
                .isEqualTo(new MigProfile(
                        9,
                        "3g.20gb",
                        3,
                        19968,
                        2,
                        42,
                        Reading.of(List.of(new Placement(0, 4), new Placement(4, 4))),
                        Reading.of(0)));
        assertThat(profile(mig, "1g.5gb").remaining()).isEqualTo(Reading.of(3));
        assertThat(profile(mig, "1g.10gb").remaining()).isEqualTo(Reading.of(1));
        assertThat(profile(mig, "2g.10gb").remaining()).isEqualTo(Reading.of(1));
    }

    @Test
    void without_privilege_devices_and_their_memory_remain_and_places_are_unknown() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, LAYOUT_A.formatted(false));
        MigState.Enabled mig = scan(sim);
        GpuSnapshot snapshot = reader.scan();

        assertThat(mig.placementVisible()).isFalse();
        assertThat(mig.instances()).isEqualTo(Reading.noPermission());
        assertThat(profile(mig, "3g.20gb").placements()).isEqualTo(Reading.noPermission());
        assertThat(profile(mig, "3g.20gb").remaining()).isEqualTo(Reading.noPermission());
        assertThat(mig.devices()).hasSize(3).allMatch(device -> device.memory() instanceof Reading.Value);
        assertThat(snapshot.gpus().getFirst().fresh().orElseThrow().readings().memory())
                .isEqualTo(Reading.noPermission());
        assertThat(snapshot.errors()).as("a missing privilege is no error").isEmpty();
    }

    /** Ids and grids differ: 14 is a 2g on an A100 and a 1g on an A30; the RTX PRO 6000 counts in twelfths. */
    @ParameterizedTest
    @CsvSource({
        "a100-40, 1g.5gb, 19, 7, 8, 7",
        "a100-80, 2g.20gb, 14, 3, 8, 7",
        "h100-80, 7g.80gb, 0, 1, 8, 7",
        "h200, 1g.18gb, 19, 7, 8, 7",
        "a30, 1g.6gb, 14, 4, 4, 4",
        "rtx-pro-6000, 1g.24gb-me, 67, 4, 12, 4"
    })
    void the_geometry_is_read_and_not_assumed(
            String geometry, String profile, int id, int max, int memorySlices, int computeSlices) throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "%s", "mig": true}]}
                """.formatted(geometry));

        MigState.Enabled mig = scan(sim);

        assertThat(mig.memorySlices()).isEqualTo(memorySlices);
        assertThat(mig.computeSlices()).isEqualTo(computeSlices);
        assertThat(profile(mig, profile).id()).isEqualTo(id);
        assertThat(profile(mig, profile).maxInstances()).isEqualTo(max);
        assertThat(profile(mig, profile).remaining()).isEqualTo(Reading.of(max));
        assertThat(mig.devices()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"a100-40", "a100-80", "h100-80", "h200", "a30", "rtx-pro-6000"})
    void a_driver_too_old_to_name_its_profiles_gets_the_same_names(String geometry) throws Exception {
        NvmlSim named = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "%s", "mig": true}]}
                """.formatted(geometry));
        List<MigProfile> expected = scan(named).profiles();
        reader.close();

        Path older = Files.createDirectory(folder.resolve("older"));
        NvmlSim nameless = NvmlSim.in(older, """
                {"absent": ["nvmlDeviceGetGpuInstanceProfileInfoV"], "gpus": [{"geometry": "%s", "mig": true}]}
                """.formatted(geometry));

        assertThat(scan(nameless).profiles()).isEqualTo(expected);
    }

    @Test
    void a_reconfiguration_between_two_scans_is_the_new_layout_and_nothing_of_the_old() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, LAYOUT_A.formatted(true));
        scan(sim);

        sim.scenario("""
                {"gpus": [{"geometry": "a100-40", "mig": true, "instances": [
                  {"profile": "3g.20gb", "start": 0, "gi": 9, "uuid": "MIG-new"}]}]}
                """);
        MigState.Enabled after = enabled(reader.scan());

        assertThat(after.devices()).extracting(MigDevice::uuid).containsExactly("MIG-new");
        assertThat(after.placementOf(9)).contains(new Placement(0, 4));
        assertThat(after.placementOf(5)).isEmpty();
    }

    @Test
    void what_mig_forbids_comes_back_when_mig_is_off() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, LAYOUT_A.formatted(true));
        scan(sim);
        assertThat(reader.scan()
                        .gpus()
                        .getFirst()
                        .fresh()
                        .orElseThrow()
                        .readings()
                        .utilization())
                .isEqualTo(Reading.unsupported());

        sim.scenario("""
                {"gpus": [{"geometry": "a100-40", "utilization": {"gpu": 7}}]}
                """);
        reader.scan();

        assertThat(reader.scan()
                        .gpus()
                        .getFirst()
                        .fresh()
                        .orElseThrow()
                        .readings()
                        .utilization())
                .isInstanceOf(Reading.Value.class);
    }

    @Test
    void a_split_gpu_instance_is_two_devices_of_one_instance() throws Exception {
        MigState.Enabled mig = scan(NvmlSim.in(folder, """
                {"gpus": [{"geometry": "a100-40", "mig": true, "instances": [
                  {"profile": "3g.20gb", "start": 4, "gi": 1, "compute": [{"slices": 1}, {"slices": 2}]},
                  {"profile": "1g.5gb", "start": 0, "gi": 7, "compute": []}]}]}
                """));

        assertThat(mig.devices()).extracting(MigDevice::profile).containsExactly("1c.3g.20gb", "2c.3g.20gb");
        assertThat(mig.devices()).extracting(MigDevice::gi).containsOnly(1);
        assertThat(mig.instances().optional().orElseThrow())
                .as("an instance without a device takes its slices all the same")
                .extracting(MigInstance::gi)
                .containsExactlyInAnyOrder(1, 7);
    }

    @Test
    void compute_slices_that_no_compute_instance_uses_are_counted() throws Exception {
        scan(NvmlSim.in(folder, """
                {"gpus": [{"geometry": "a100-40", "mig": true, "instances": [
                  {"profile": "3g.20gb", "start": 4, "gi": 1, "compute": [{"slices": 1}]},
                  {"profile": "2g.10gb", "start": 0, "gi": 7, "compute": []}]}]}
                """));

        assertThat(reader.scan()
                        .gpus()
                        .getFirst()
                        .fresh()
                        .orElseThrow()
                        .details()
                        .computeSlicesWithoutInstance())
                .isEqualTo(Reading.of(4));
    }

    /** NVML 13 has 18 profile indices, later ones will have more; a fuller GPU must not look emptier than it is. */
    @Test
    void an_instance_of_a_profile_without_an_index_is_found_by_its_id() throws Exception {
        MigState.Enabled mig = scan(NvmlSim.in(folder, """
                {"gpus": [{"geometry": "a100-40", "mig": true, "unlistedProfiles": ["1g.10gb"], "instances": [
                  {"profile": "1g.5gb", "start": 0, "gi": 3}, {"profile": "1g.10gb", "start": 4, "gi": 8}]}]}
                """));

        assertThat(mig.instances().optional().orElseThrow())
                .containsExactlyInAnyOrder(
                        new MigInstance(3, 19, "1g.5gb", new Placement(0, 1)),
                        new MigInstance(8, 15, "1g.10gb", new Placement(4, 2)));
        assertThat(profile(mig, "1g.10gb").placements().optional().orElseThrow())
                .hasSize(4);
        assertThat(profile(mig, "1g.10gb").remaining()).isEqualTo(Reading.of(2));
        assertThat(reader.scan().errors()).isEmpty();
    }

    @Test
    void utilisation_of_an_instance_needs_two_samples_of_the_same_instance() throws Exception {
        String busy = """
                {"gpus": [{"geometry": "h100-80", "mig": true, "instances": [
                  {"profile": "%s", "start": 0, "gi": 3, "utilization": {"gpu": %d}}]}]}
                """;
        NvmlSim sim = NvmlSim.in(folder, busy.formatted("1g.10gb", 55));
        MigState.Enabled first = scan(sim);
        assertThat(first.utilizationSupported()).isTrue();
        assertThat(first.devices().getFirst().utilization()).isEqualTo(Reading.failed(ReturnCode.NO_DATA));
        Awaitility.await().until(() -> utilization(reader.scan()).equals(Reading.of(0.55)));

        // Another instance under the same id: the driver would give the difference of unrelated counters.
        sim.scenario(busy.formatted("2g.20gb", 20));
        assertThat(utilization(reader.scan())).isEqualTo(Reading.failed(ReturnCode.NO_DATA));
        Awaitility.await().until(() -> utilization(reader.scan()).equals(Reading.of(0.2)));
    }

    @Test
    void an_a100_says_that_it_cannot_tell_utilisation_per_instance() throws Exception {
        MigState.Enabled mig = scan(NvmlSim.in(folder, LAYOUT_A.formatted(true)));

        assertThat(mig.utilizationSupported()).isFalse();
        assertThat(mig.devices()).allMatch(device -> device.utilization().equals(Reading.unsupported()));
    }

    private static Reading<Double> utilization(GpuSnapshot snapshot) {
        return enabled(snapshot).devices().getFirst().utilization();
    }

    private static MigProfile profile(MigState.Enabled mig, String name) {
        return mig.profiles().stream()
                .filter(profile -> profile.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static MigState.Enabled enabled(GpuSnapshot snapshot) {
        return (MigState.Enabled)
                snapshot.gpus().getFirst().fresh().orElseThrow().mig();
    }

    /** They were a quarter of all calls of a scan. */
    @Test
    void the_profiles_of_a_product_are_asked_for_again_only_when_its_instances_change() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, LAYOUT_A.formatted(true));
        scan(sim);
        reader.scan();
        long asked = profilesAsked(sim);
        assertThat(enabled(reader.scan()).profiles()).isNotEmpty();
        assertThat(profilesAsked(sim)).isEqualTo(asked).isPositive();

        sim.scenario(LAYOUT_A.formatted(true).replace("\"gi\": 11", "\"gi\": 12"));
        reader.scan();
        reader.scan();
        assertThat(profilesAsked(sim)).isGreaterThan(asked);
    }

    private static long profilesAsked(NvmlSim sim) throws IOException {
        return sim.calls().stream()
                .filter(call -> call.function().equals("nvmlDeviceGetGpuInstanceProfileInfoV"))
                .count();
    }

    private MigState.Enabled scan(NvmlSim sim) {
        reader = reader(sim.library());
        return enabled(reader.scan());
    }

    private static NvmlGpuReader reader(String library) {
        return new NvmlGpuReader(NvmlOptions.of(library, Duration.ofSeconds(5)), InstantSource.system(), () -> {
            throw new AssertionError("asked to exit");
        });
    }
}
