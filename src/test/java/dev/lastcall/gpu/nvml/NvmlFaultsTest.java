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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a driver may do to us, and how far it reaches.
 *
 * <p>A little over 300 lines: one test a fault, and the scenario that brings it.
 */
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

    /** A crash loop would be deaf to every notice, and a new process would load the same library again. */
    @Test
    void a_library_that_does_not_fit_the_driver_from_the_start_is_a_state_and_never_asks_for_a_new_process()
            throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"errors": {"nvmlInit_v2": 18}, "gpus": [{"geometry": "t4"}]}
                """);
        reader = reader(sim.library());

        Awaitility.await().until(() -> {
            assertThat(reader.scan().reader()).isEqualTo(new ReaderState.DriverMismatch("nvmlInit_v2"));
            return inits(sim) >= 3;
        });

        assertThat(reader.scan().reader().label()).isEqualTo("driver_mismatch");
        assertThat(exits).hasValue(0);
    }

    @Test
    void a_driver_that_inits_but_fits_nothing_else_never_asks_for_a_new_process() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"errors": {"nvmlDeviceGetCount_v2": 18}, "gpus": [{"geometry": "t4"}]}
                """);
        reader = reader(sim.library());

        Awaitility.await().until(() -> {
            assertThat(reader.scan().gpus()).isEmpty();
            return inits(sim) >= 3;
        });

        assertThat(exits).hasValue(0);
    }

    @Test
    void a_gpu_that_never_fitted_asks_for_no_new_process_because_the_other_one_works() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "a30", "errors": {"nvmlDeviceGetUUID": 18}}, {"geometry": "a30"}]}
                """);
        reader = reader(sim.library());

        Awaitility.await().until(() -> {
            assertThat(reader.scan().gpus().get(1).stale()).isFalse();
            return inits(sim) >= 3;
        });

        assertThat(exits).hasValue(0);
    }

    @Test
    void an_exchange_of_the_driver_under_a_session_that_worked_asks_for_a_new_process() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, TWO_HEALTHY);
        reader = reader(sim.library());
        reader.scan();
        assertThat(exits).hasValue(0);

        sim.scenario("""
                {"errors": {"nvmlDeviceGetCount_v2": 18}, "gpus": [{"geometry": "a30"}]}
                """);
        GpuSnapshot after = reader.scan();

        assertThat(exits).hasValue(1);
        assertThat(after.reader()).isEqualTo(new ReaderState.DriverMismatch("nvmlDeviceGetCount_v2"));
    }

    @Test
    void a_reader_that_throws_makes_its_gpu_stale_and_no_other_and_is_told_apart_from_the_driver() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, TWO_HEALTHY);
        reader = new NvmlGpuReader(
                options(sim.library()),
                InstantSource.system(),
                exits::incrementAndGet,
                (i, calls) -> i == 0 ? new Throwing() : new DeviceReader(i, calls));

        for (int scan = 1; scan <= 3; scan++) {
            GpuSnapshot snapshot = reader.scan();

            assertThat(snapshot.reader().ready()).isTrue();
            assertThat(snapshot.gpus().get(0).staleness())
                    .contains(new Staleness.Defect("java.lang.IllegalStateException: an odd answer"));
            assertThat(temperature(snapshot.gpus().get(1))).isEqualTo(Reading.of(41.0));
        }
        assertThat(inits(sim)).as("no new session for it").isEqualTo(1);
    }

    private static final class Throwing implements StateReader {
        @Override
        public Gpu.State read() {
            throw new IllegalStateException("an odd answer");
        }

        @Override
        public void release() {}
    }

    /** An event asks for a scan while the scheduler's is under way. */
    @Test
    void scans_from_two_threads_while_gpus_come_and_go_are_each_whole() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, TWO_HEALTHY);
        reader = reader(sim.library());
        Callable<Void> scans = () -> {
            for (int i = 0; i < 40; i++) {
                sim.scenario(i % 2 == 0 ? "{\"gpus\": [{\"geometry\": \"a30\"}]}" : TWO_HEALTHY);
                List<Integer> indices =
                        reader.scan().gpus().stream().map(Gpu::index).toList();
                assertThat(indices).isIn(List.of(0), List.of(0, 1));
            }
            return null;
        };
        try (ExecutorService threads =
                Executors.newFixedThreadPool(2, Thread.ofPlatform().factory())) {
            Future<Void> one = threads.submit(scans);
            for (int i = 0; i < 80; i++) {
                assertThat(reader.scan().gpus().size()).isBetween(1, 2);
            }
            one.get();
        }
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

    private static long inits(NvmlSim sim) throws Exception {
        return sim.calls().stream()
                .filter(call -> call.function().equals("nvmlInit_v2"))
                .count();
    }

    private static Reading<Double> temperature(Gpu gpu) {
        return gpu.fresh().orElseThrow().readings().temperatureCelsius();
    }

    private NvmlGpuReader reader(String library) {
        return new NvmlGpuReader(options(library), InstantSource.system(), exits::incrementAndGet);
    }

    private static NvmlOptions options(String library) {
        return new NvmlOptions(library, Duration.ofMillis(500), Duration.ofMillis(1), Duration.ofMillis(10));
    }
}
