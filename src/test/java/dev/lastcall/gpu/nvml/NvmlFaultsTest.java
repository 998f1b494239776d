package dev.lastcall.gpu.nvml;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.gpu.Gpu;
import dev.lastcall.gpu.GpuSnapshot;
import dev.lastcall.gpu.GpuSnapshot.FailedCall;
import dev.lastcall.gpu.ReaderState;
import dev.lastcall.gpu.Reading;
import dev.lastcall.gpu.Staleness;
import dev.lastcall.support.nvml.NvmlSim;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a driver may do to us, and how far it reaches. */
class NvmlFaultsTest {

    private static final String TWO_HEALTHY = """
            {"gpus": [{"geometry": "a30", "temperatureCelsius": 40}, {"geometry": "a30", "temperatureCelsius": 41}]}
            """;

    @TempDir
    Path folder;

    private final AtomicInteger exits = new AtomicInteger();
    private NvmlGpuReader reader = reader("none");

    @AfterEach
    void close() {
        reader.close();
    }

    @Test
    void a_node_without_the_library_is_a_state_and_not_an_error() {
        reader = reader(folder.resolve("libnvidia-ml.so.1").toString());

        GpuSnapshot snapshot = reader.scan();

        assertThat(snapshot.reader()).isInstanceOf(ReaderState.LibraryMissing.class);
        assertThat(snapshot.gpus()).isEmpty();
        assertThat(snapshot.errors()).isEmpty();
    }

    /** The driver container of a GPU node comes up after us. */
    @Test
    void a_driver_that_is_loaded_later_is_found_without_a_restart() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"errors": {"nvmlInit_v2": 9}, "gpus": [{"geometry": "t4"}]}
                """);
        reader = reader(sim.library());
        assertThat(reader.scan().reader()).isEqualTo(new ReaderState.DriverNotLoaded());

        sim.scenario("""
                {"gpus": [{"geometry": "t4"}]}
                """);

        Awaitility.await().until(() -> reader.scan().reader().ready());
        assertThat(reader.scan().gpus()).singleElement().matches(gpu -> !gpu.stale());
    }

    @Test
    void a_library_that_no_longer_fits_the_driver_ends_the_process() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"errors": {"nvmlInit_v2": 18}, "gpus": [{"geometry": "t4"}]}
                """);
        reader = reader(sim.library());

        reader.scan();

        assertThat(exits).hasValue(1);
    }

    @Test
    void an_upgrade_of_the_driver_under_a_running_session_ends_the_process_too() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, TWO_HEALTHY);
        reader = reader(sim.library());
        reader.scan();
        assertThat(exits).hasValue(0);

        sim.scenario("""
                {"errors": {"nvmlDeviceGetCount_v2": 18}, "gpus": [{"geometry": "a30"}]}
                """);
        reader.scan();

        assertThat(exits).hasValue(1);
    }

    /**
     * A D-state driver call: the agent of NVSentinel#1576 was killed 49 times for one. A hang of 60 s is six scans; here it
     * ends after six scans because the scenario says so, without the minute in between.
     */
    @Test
    void a_call_that_never_returns_makes_its_gpu_stale_and_no_other() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, TWO_HEALTHY);
        reader = reader(sim.library());
        Gpu before = reader.scan().gpus().getFirst();
        for (int scan = 1; scan <= 6; scan++) {
            sim.scenario("""
                    {"gpus": [{"geometry": "a30", "temperatureCelsius": 90, "hang": ["nvmlDeviceGetPowerUsage"]},
                              {"geometry": "a30", "temperatureCelsius": %d}]}
                    """.formatted(50 + scan));

            GpuSnapshot snapshot = reader.scan();

            Gpu hung = snapshot.gpus().get(0);
            assertThat(hung.staleness()).as("scan %d", scan).contains(new Staleness.Hung("nvmlDeviceGetPowerUsage"));
            assertThat(hung.lastSuccess()).isEqualTo(before.lastSuccess());
            assertThat(hung.state()).as("what it was, not half of what it is").isEqualTo(before.state());
            assertThat(temperature(snapshot.gpus().get(1))).as("scan %d", scan).isEqualTo(Reading.of(50.0 + scan));
            assertThat(snapshot.errors())
                    .as("one hang is one error, however many scans it lasts")
                    .containsEntry(new FailedCall("nvmlDeviceGetPowerUsage", "deadline"), 1L);
        }

        sim.scenario("""
                {"gpus": [{"geometry": "a30", "temperatureCelsius": 43}, {"geometry": "a30"}]}
                """);

        Awaitility.await().until(() -> reader.scan().gpus().stream().noneMatch(Gpu::stale));
        assertThat(temperature(reader.scan().gpus().getFirst())).isEqualTo(Reading.of(43.0));
        assertThat(sim.calls())
                .as("a session with a thread in it is not shut down, and none is needed to go on")
                .noneMatch(call -> call.function().equals("nvmlShutdown"))
                .filteredOn(call -> call.function().equals("nvmlInit_v2"))
                .hasSize(1);
    }

    @Test
    void a_hang_in_the_middle_of_init_leaves_the_scan_and_ends_with_it() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"hang": ["nvmlInit_v2"], "gpus": [{"geometry": "t4"}]}
                """);
        reader = reader(sim.library());

        assertThat(reader.scan().reader()).isEqualTo(new ReaderState.Hung("nvmlInit_v2"));

        sim.scenario("""
                {"gpus": [{"geometry": "t4"}]}
                """);
        Awaitility.await().until(() -> reader.scan().reader().ready());
    }

    @Test
    void a_gpu_lost_at_scan_3_and_back_at_scan_6_costs_the_other_nothing() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, TWO_HEALTHY);
        reader = reader(sim.library());
        for (int scan = 1; scan <= 6; scan++) {
            boolean lost = scan >= 3 && scan < 6;
            sim.scenario("""
                    {"gpus": [{"geometry": "a30", "lost": %s}, {"geometry": "a30", "temperatureCelsius": %d}]}
                    """.formatted(lost, 40 + scan));

            GpuSnapshot snapshot = reader.scan();

            assertThat(snapshot.gpus().get(0).stale()).as("scan %d", scan).isEqualTo(lost);
            assertThat(temperature(snapshot.gpus().get(1))).as("scan %d", scan).isEqualTo(Reading.of(40.0 + scan));
        }
        assertThat(exits).as("the process went on").hasValue(0);
    }

    @Test
    void a_session_the_driver_dropped_is_opened_again() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, TWO_HEALTHY);
        reader = reader(sim.library());
        reader.scan();
        sim.scenario("""
                {"errors": {"nvmlDeviceGetCount_v2": 1}, "gpus": [{"geometry": "a30"}, {"geometry": "a30"}]}
                """);
        GpuSnapshot dropped = reader.scan();
        assertThat(dropped.reader()).isEqualTo(new ReaderState.Failing("nvmlDeviceGetCount_v2", 1));
        assertThat(dropped.gpus()).allMatch(gpu -> gpu.staleness().equals(Optional.of(new Staleness.NoSession())));

        sim.scenario(TWO_HEALTHY);

        Awaitility.await().until(() -> reader.scan().reader().ready());
        assertThat(reader.scan().gpus()).hasSize(2).noneMatch(Gpu::stale);
        assertThat(sim.calls())
                .filteredOn(call -> call.function().equals("nvmlInit_v2"))
                .hasSizeGreaterThan(1);
    }

    @Test
    void a_gpu_that_left_is_no_longer_in_the_snapshot() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, TWO_HEALTHY);
        reader = reader(sim.library());
        assertThat(reader.scan().gpus()).hasSize(2);

        sim.scenario("""
                {"gpus": [{"geometry": "a30"}]}
                """);

        assertThat(reader.scan().gpus()).hasSize(1);
    }

    private static Reading<Double> temperature(Gpu gpu) {
        return gpu.fresh().orElseThrow().readings().temperatureCelsius();
    }

    private NvmlGpuReader reader(String library) {
        return new NvmlGpuReader(
                new NvmlOptions(library, Duration.ofMillis(500), Duration.ofMillis(1), Duration.ofMillis(10)),
                InstantSource.system(),
                exits::incrementAndGet);
    }
}
