package dev.lastcall.gpu.nvml;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.gpu.ClockDomain;
import dev.lastcall.gpu.ClockEventReason;
import dev.lastcall.gpu.Gpu;
import dev.lastcall.gpu.GpuDetails;
import dev.lastcall.gpu.GpuMemory;
import dev.lastcall.gpu.GpuSnapshot;
import dev.lastcall.gpu.MigState;
import dev.lastcall.gpu.NvLinkError;
import dev.lastcall.gpu.Reading;
import dev.lastcall.gpu.RemappedRows;
import dev.lastcall.gpu.TemperatureThreshold;
import dev.lastcall.gpu.Utilization;
import dev.lastcall.support.nvml.NvmlSim;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the scenario says is what the reader says, through the real native path. */
class NvmlReadingsTest {

    private static final long MIB = 1024 * 1024;
    private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

    @TempDir
    Path folder;

    @Test
    void a_gpu_reads_as_the_scenario_says() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"driver": "570.1", "gpus": [{"geometry": "h100-80", "uuid": "GPU-1", "pci": "00000000:17:00.0", "minor": 3,
                  "utilization": {"gpu": 93, "memory": 40}, "memory": {"usedMiB": 12000, "reservedMiB": 600},
                  "powerMilliwatts": 285500, "powerLimitMilliwatts": 700000, "energyMillijoules": 123456789,
                  "temperatureCelsius": 61, "clocksMHz": {"graphics": 1980, "sm": 1965, "memory": 2619, "video": 1545},
                  "clockEventReasons": 68, "pcieTxBytes": 5000000000, "pcieRxBytes": 7, "nvlinkTxKiB": 3, "nvlinkRxKiB": 4,
                  "ecc": {"correctedVolatile": 1, "correctedAggregate": 2, "uncorrectedVolatile": 3, "uncorrectedAggregate": 4},
                  "remappedRows": {"correctable": 5, "uncorrectable": 6, "pending": 1, "failure": 0},
                  "fields": {"230": 2}, "processes": [{"pid": 1, "usedMiB": 2}, {"pid": 3, "usedMiB": 4}]}]}
                """);

        GpuSnapshot snapshot = scan(sim);

        assertThat(snapshot.driver()).isEqualTo("570.1");
        assertThat(snapshot.takenAt()).isEqualTo(NOW);
        assertThat(snapshot.errors()).isEmpty();
        Gpu gpu = snapshot.gpus().getFirst();
        assertThat(gpu.stale()).isFalse();
        assertThat(gpu.lastSuccess()).contains(NOW);
        Gpu.State state = gpu.fresh().orElseThrow();
        assertThat(state.identity().uuid()).isEqualTo("GPU-1");
        assertThat(state.identity().model()).isEqualTo("NVIDIA H100 80GB HBM3");
        assertThat(state.identity().pciBusId()).isEqualTo("00000000:17:00.0");
        assertThat(state.identity().minor()).isEqualTo(3);
        assertThat(state.mig()).isEqualTo(new MigState.Disabled(false));
        var read = state.readings();
        assertThat(read.utilization()).isEqualTo(Reading.of(new Utilization(0.93, 0.4)));
        assertThat(read.memory())
                .isEqualTo(Reading.of(
                        new GpuMemory(81559 * MIB, 12000 * MIB, (81559 - 12600) * MIB, Optional.of(600 * MIB))));
        assertThat(read.powerWatts()).isEqualTo(Reading.of(285.5));
        assertThat(read.powerLimitWatts()).isEqualTo(Reading.of(700.0));
        assertThat(read.energyJoules()).isEqualTo(Reading.of(123456.789));
        assertThat(read.temperatureCelsius()).isEqualTo(Reading.of(61.0));
        assertThat(read.clocksHertz())
                .containsEntry(ClockDomain.GRAPHICS, Reading.of(1_980_000_000L))
                .containsEntry(ClockDomain.SM, Reading.of(1_965_000_000L))
                .containsEntry(ClockDomain.MEMORY, Reading.of(2_619_000_000L))
                .containsEntry(ClockDomain.VIDEO, Reading.of(1_545_000_000L));
        assertThat(read.clockEventReasons())
                .isEqualTo(Reading.of(Set.of(ClockEventReason.SW_POWER_CAP, ClockEventReason.HW_THERMAL_SLOWDOWN)));
        assertThat(read.pcieTxBytes()).isEqualTo(Reading.of(5_000_000_000L));
        assertThat(read.pcieRxBytes()).isEqualTo(Reading.of(7L));
        assertThat(read.nvlinkTxBytes()).isEqualTo(Reading.of(3072L));
        assertThat(read.nvlinkRxBytes()).isEqualTo(Reading.of(4096L));
        assertThat(read.ecc().correctedVolatile()).isEqualTo(Reading.of(1L));
        assertThat(read.ecc().correctedAggregate()).isEqualTo(Reading.of(2L));
        assertThat(read.ecc().uncorrectedVolatile()).isEqualTo(Reading.of(3L));
        assertThat(read.ecc().uncorrectedAggregate()).isEqualTo(Reading.of(4L));
        assertThat(read.remappedRows()).isEqualTo(Reading.of(new RemappedRows(5, 6, 1, 0)));
        assertThat(read.recoveryAction()).isEqualTo(Reading.of(2));
        assertThat(read.processCount()).isEqualTo(Reading.of(2));
    }

    @Test
    void the_details_of_a_gpu_read_as_the_scenario_says() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "a30", "serial": "1324", "utilization": {"gpu": 9, "encoder": 31, "decoder": 7},
                  "pcieLink": {"generation": 3, "width": 8, "replays": 17}, "nvlinksDown": 1, "performanceState": 2,
                  "fields": {"38": 11, "45": 12, "52": 13, "59": 14, "82": 71}, "temperatureCelsius": 60,
                  "thresholdsCelsius": {"shutdown": 96, "slowdown": 93, "memoryMax": 94, "gpuMax": 85},
                  "maxClocksMHz": {"sm": 1440, "memory": 1215}, "persistence": false, "eccMode": {"current": 1, "pending": 0},
                  "processes": [{"pid": 1, "usedMiB": 2}, {"pid": 3, "usedMiB": 4}]},
                 {"geometry": "h200", "temperatureCelsius": 60}]}
                """);

        GpuSnapshot snapshot = scan(sim);

        assertThat(snapshot.errors())
                .as("the end of the list of links is no error")
                .isEmpty();
        GpuDetails details = snapshot.gpus().getFirst().fresh().orElseThrow().details();
        assertThat(details.board()).isEqualTo(new GpuDetails.Board(Optional.of("1324"), Optional.of("ampere")));
        assertThat(details.engines())
                .isEqualTo(new GpuDetails.Engines(Reading.of(0.31), Reading.of(0.07), Reading.of(2)));
        assertThat(details.thermals())
                .isEqualTo(new GpuDetails.Thermals(
                        Reading.of(71.0),
                        Reading.of(33.0),
                        Map.of(
                                TemperatureThreshold.SHUTDOWN, Reading.of(96.0),
                                TemperatureThreshold.SLOWDOWN, Reading.of(93.0),
                                TemperatureThreshold.MEMORY_MAX, Reading.of(94.0),
                                TemperatureThreshold.GPU_MAX, Reading.of(85.0)),
                        Arrays.stream(TemperatureThreshold.values())
                                .collect(Collectors.toMap(at -> at, _ -> Reading.unsupported()))));
        assertThat(details.maxClocksHertz())
                .isEqualTo(Map.of(
                        ClockDomain.SM, Reading.of(1_440_000_000L), ClockDomain.MEMORY, Reading.of(1_215_000_000L)));
        assertThat(details.links())
                .isEqualTo(new GpuDetails.Links(
                        Reading.of(3),
                        Reading.of(8),
                        Reading.of(17L),
                        Reading.of(3),
                        Map.of(
                                NvLinkError.CRC_FLIT, Reading.of(11L),
                                NvLinkError.CRC_DATA, Reading.of(12L),
                                NvLinkError.REPLAY, Reading.of(13L),
                                NvLinkError.RECOVERY, Reading.of(14L))));
        assertThat(details.modes())
                .isEqualTo(new GpuDetails.Modes(
                        Reading.of(2), Reading.of(false), Reading.of(new GpuDetails.EccMode(true, false))));
        GpuDetails hopper = snapshot.gpus().get(1).fresh().orElseThrow().details();
        assertThat(hopper.thermals().thresholdsCelsius()).containsValue(Reading.unsupported());
        assertThat(hopper.thermals().marginThresholdsCelsius())
                .containsEntry(TemperatureThreshold.SHUTDOWN, Reading.of(-8.0))
                .containsEntry(TemperatureThreshold.GPU_MAX, Reading.of(0.0));
        assertThat(hopper.links().nvlinksActive()).isEqualTo(Reading.of(18));
    }

    /** Nothing but what names a GPU has to exist in the library; the rest is absent, and absent is no error. */
    @Test
    void a_driver_that_knows_none_of_the_details_gives_none() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"absent": ["nvmlDeviceGetSerial", "nvmlDeviceGetArchitecture", "nvmlDeviceGetEncoderUtilization",
                  "nvmlDeviceGetDecoderUtilization", "nvmlDeviceGetProcessUtilization", "nvmlDeviceGetMarginTemperature",
                  "nvmlDeviceGetTemperatureThreshold", "nvmlDeviceGetMaxClockInfo", "nvmlDeviceGetPerformanceState",
                  "nvmlDeviceGetPersistenceMode", "nvmlDeviceGetCurrPcieLinkGeneration", "nvmlDeviceGetCurrPcieLinkWidth",
                  "nvmlDeviceGetPcieReplayCounter", "nvmlDeviceGetNvLinkState", "nvmlDeviceGetEccMode",
                  "nvmlDeviceGetFieldValues"], "gpus": [{"geometry": "a30"}]}
                """);

        GpuSnapshot snapshot = scan(sim);

        GpuDetails details = snapshot.gpus().getFirst().fresh().orElseThrow().details();
        assertThat(snapshot.errors()).isEmpty();
        assertThat(details.board()).isEqualTo(new GpuDetails.Board(Optional.empty(), Optional.empty()));
        assertThat(details.engines()).isEqualTo(GpuDetails.unknown().engines());
        assertThat(details.modes()).isEqualTo(GpuDetails.unknown().modes());
        assertThat(details.links().nvlinksActive()).isEqualTo(Reading.unsupported());
        assertThat(details.thermals().thresholdsCelsius()).containsValue(Reading.unsupported());
    }

    @Test
    void a_driver_without_any_gpu_is_ready_with_none() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"errors": {"nvmlInit_v2": 6}, "gpus": []}
                """);

        GpuSnapshot snapshot = scan(sim);

        assertThat(snapshot.reader().ready()).isTrue();
        assertThat(snapshot.gpus()).isEmpty();
    }

    /** The trap of OSHI's binding: version 1 counts the driver's reserve as used. */
    @Test
    void an_older_driver_gives_memory_without_its_reserve() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"absent": ["nvmlDeviceGetMemoryInfo_v2", "nvmlDeviceGetTemperatureV", "nvmlDeviceGetCurrentClocksEventReasons"],
                 "gpus": [{"geometry": "t4", "memory": {"usedMiB": 100, "reservedMiB": 50}, "temperatureCelsius": 40,
                           "clockEventReasons": 1}]}
                """);

        var read = scan(sim).gpus().getFirst().fresh().orElseThrow().readings();

        assertThat(read.memory())
                .isEqualTo(Reading.of(new GpuMemory(15360 * MIB, 150 * MIB, (15360 - 150) * MIB, Optional.empty())));
        assertThat(read.temperatureCelsius()).isEqualTo(Reading.of(40.0));
        assertThat(read.clockEventReasons()).isEqualTo(Reading.of(Set.of(ClockEventReason.GPU_IDLE)));
    }

    @Test
    void what_a_gpu_does_not_have_is_unsupported_and_asked_once() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "t4", "errors": {"nvmlDeviceGetPowerUsage": 3}}]}
                """);

        try (NvmlGpuReader reader = reader(sim)) {
            reader.scan();
            Gpu.State state = reader.scan().gpus().getFirst().fresh().orElseThrow();

            assertThat(state.mig()).isEqualTo(new MigState.NotSupported());
            assertThat(state.readings().powerWatts()).isEqualTo(Reading.unsupported());
            assertThat(state.readings().pcieTxBytes()).isEqualTo(Reading.unsupported());
            assertThat(state.readings().remappedRows()).isEqualTo(Reading.unsupported());
            assertThat(sim.calls())
                    .filteredOn(call -> call.function().equals("nvmlDeviceGetPowerUsage"))
                    .hasSize(1);
        }
    }

    @Test
    void a_failed_reading_is_counted_and_takes_nothing_else_with_it() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "a30", "errors": {"nvmlDeviceGetPowerUsage": 999}, "temperatureCelsius": 50}]}
                """);

        GpuSnapshot snapshot = scan(sim);

        var read = snapshot.gpus().getFirst().fresh().orElseThrow().readings();
        assertThat(read.powerWatts()).isEqualTo(Reading.failed(999));
        assertThat(read.temperatureCelsius()).isEqualTo(Reading.of(50.0));
        assertThat(snapshot.errors())
                .containsExactly(Map.entry(new GpuSnapshot.FailedCall("nvmlDeviceGetPowerUsage", "999"), 1L));
    }

    private static NvmlGpuReader reader(NvmlSim sim) {
        return new NvmlGpuReader(NvmlOptions.of(sim.library(), Duration.ofSeconds(5)), InstantSource.fixed(NOW), () -> {
            throw new AssertionError("asked to exit");
        });
    }

    private static GpuSnapshot scan(NvmlSim sim) {
        try (NvmlGpuReader reader = reader(sim)) {
            return reader.scan();
        }
    }
}
