package dev.lastcall.gpu.nvml;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.gpu.Gpu;
import dev.lastcall.support.nvml.NvmlSim;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the driver reports by itself. */
class NvmlEventsTest {

    @TempDir
    Path folder;

    private NvmlGpuReader reader = reader("none");

    @AfterEach
    void close() {
        reader.close();
    }

    /** An increase needs a value before; most XIDs that matter come once. Of a GPU whose events nobody hears, nothing is claimed. */
    @Test
    void the_usual_xids_stand_at_0_before_the_first_and_count_from_there() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "a30"}]}
                """);
        reader = reader(sim.library());
        Awaitility.await()
                .until(() -> reader.scan().gpus().getFirst().xids().keySet().equals(XidCounts.EXPECTED));
        assertThat(xids(0)).isEmpty();

        sim.scenario("""
                {"gpus": [{"geometry": "a30"}], "events": [{"afterMs": 100, "gpu": 0, "type": "xid", "data": 79}]}
                """);

        Awaitility.await().until(() -> xids(0).equals(Map.of(79L, 1L)));
        assertThat(reader.scan().gpus().getFirst().xids()).containsOnlyKeys(XidCounts.EXPECTED);
    }

    /** A gauge of the last XID, as dcgm-exporter has it, hides every XID that came before the scrape. */
    @Test
    void xids_are_counted_per_gpu_and_number_and_survive_a_new_session() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "a30"}, {"geometry": "t4"}], "events": [
                  {"afterMs": 200, "gpu": 0, "type": "xid", "data": 79}, {"afterMs": 200, "gpu": 0, "type": "xid", "data": 31},
                  {"afterMs": 210, "gpu": 0, "type": "xid", "data": 79}, {"afterMs": 210, "gpu": 1, "type": "xid", "data": 48}]}
                """);
        reader = reader(sim.library());

        Awaitility.await().until(() -> xids(0).equals(Map.of(79L, 2L, 31L, 1L)) && xids(1).equals(Map.of(48L, 1L)));

        sim.scenario("""
                {"gpus": [{"geometry": "a30", "lost": true}, {"geometry": "t4"}]}
                """);
        reader.scan();
        sim.scenario("""
                {"gpus": [{"geometry": "a30"}, {"geometry": "t4"}]}
                """);
        Awaitility.await().until(() -> reader.scan().gpus().stream().noneMatch(Gpu::stale));
        assertThat(xids(0)).isEqualTo(Map.of(79L, 2L, 31L, 1L));
    }

    /** A GPU that falls off the bus leaves its index to the next one in the following session, and must not leave its XIDs. */
    @Test
    void a_gpu_that_moves_up_one_index_does_not_inherit_the_xids_of_the_one_that_fell_off() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "a30", "uuid": "GPU-a"}, {"geometry": "a30", "uuid": "GPU-b"}],
                 "events": [{"afterMs": 200, "gpu": 0, "type": "xid", "data": 79}]}
                """);
        reader = reader(sim.library());
        Awaitility.await().until(() -> xids(0).equals(Map.of(79L, 1L)));

        sim.scenario("""
                {"gpus": [{"geometry": "a30", "uuid": "GPU-b"}]}
                """);

        Gpu moved = reader.scan().gpus().getFirst();
        assertThat(moved.fresh().orElseThrow().identity().uuid()).isEqualTo("GPU-b");
        assertThat(moved.xids().values()).allMatch(count -> count == 0);

        sim.scenario("""
                {"gpus": [{"geometry": "a30", "uuid": "GPU-a"}, {"geometry": "a30", "uuid": "GPU-b"}]}
                """);
        assertThat(xids(0)).as("and it has them again when it is back").isEqualTo(Map.of(79L, 1L));
    }

    @Test
    void a_change_of_the_mig_layout_asks_for_a_scan_at_once() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        NvmlSim sim = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "a30", "mig": true}], "events": [{"afterMs": 200, "gpu": 0, "type": "mig-config"}]}
                """);
        reader = reader(sim.library());
        reader.onEvent(asked::countDown);

        reader.scan();

        assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void a_wait_for_events_that_fails_is_begun_anew_and_counts_no_xid_twice() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "a30"}], "events": [{"afterMs": 100, "gpu": 0, "type": "xid", "data": 79}]}
                """);
        reader = reader(sim.library());
        Awaitility.await().until(() -> xids(0).equals(Map.of(79L, 1L)));
        sim.scenario("""
                {"errors": {"nvmlEventSetWait_v2": 999}, "gpus": [{"geometry": "a30"}]}
                """);
        Awaitility.await()
                .until(() -> count(sim, "nvmlEventSetCreate") >= 3
                        && count(sim, "nvmlEventSetFree") >= count(sim, "nvmlEventSetCreate") - 1);

        sim.scenario("""
                {"gpus": [{"geometry": "a30"}], "events": [{"afterMs": 1000, "gpu": 0, "type": "xid", "data": 31}]}
                """);

        Awaitility.await().until(() -> xids(0).containsKey(31L));
        assertThat(xids(0)).isEqualTo(Map.of(79L, 1L, 31L, 1L));
        assertThat(count(sim, "nvmlInit_v2")).as("the session is sound").isEqualTo(1);
    }

    @Test
    void a_gpu_that_appears_later_is_watched_too() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "a30"}]}
                """);
        reader = reader(sim.library());
        reader.scan();
        Awaitility.await().until(() -> count(sim, "nvmlDeviceRegisterEvents") == 1);

        sim.scenario("""
                {"gpus": [{"geometry": "a30"}, {"geometry": "a30"}]}
                """);
        reader.scan();
        Awaitility.await().until(() -> count(sim, "nvmlDeviceRegisterEvents") == 3);
        sim.scenario("""
                {"gpus": [{"geometry": "a30"}, {"geometry": "a30"}],
                 "events": [{"afterMs": 100, "gpu": 1, "type": "xid", "data": 79}, {"afterMs": 100, "gpu": 0, "type": "xid", "data": 31}]}
                """);

        Awaitility.await().until(() -> xids(1).equals(Map.of(79L, 1L)) && xids(0).equals(Map.of(31L, 1L)));
    }

    @Test
    void a_gpu_whose_registration_failed_at_first_is_registered_later() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "a30"}, {"geometry": "a30", "errors": {"nvmlDeviceRegisterEvents": 999}}]}
                """);
        reader = reader(sim.library());
        reader.scan();
        Awaitility.await().until(() -> count(sim, "nvmlDeviceRegisterEvents") >= 2);

        sim.scenario("""
                {"gpus": [{"geometry": "a30"}, {"geometry": "a30"}],
                 "events": [{"afterMs": 3000, "gpu": 1, "type": "xid", "data": 79}]}
                """);

        Awaitility.await().until(() -> xids(1).equals(Map.of(79L, 1L)));
    }

    @Test
    void a_driver_without_events_is_quiet() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"absent": ["nvmlEventSetCreate"], "gpus": [{"geometry": "a30"}]}
                """);
        reader = reader(sim.library());

        assertThat(reader.scan().gpus()).singleElement().matches(gpu -> !gpu.stale());
        assertThat(reader.scan().errors()).isEmpty();
    }

    private static long count(NvmlSim sim, String function) throws Exception {
        return sim.calls().stream()
                .filter(call -> call.function().equals(function))
                .count();
    }

    /** Those that came; the expected ones stand at 0 before. */
    private Map<Long, Long> xids(int gpu) {
        Map<Long, Long> came = new HashMap<>(reader.scan().gpus().get(gpu).xids());
        came.values().removeIf(count -> count == 0);
        return came;
    }

    private static NvmlGpuReader reader(String library) {
        return new NvmlGpuReader(
                new NvmlOptions(library, Duration.ofSeconds(5), Duration.ofMillis(1), Duration.ofMillis(10)),
                InstantSource.system(),
                () -> {});
    }
}
