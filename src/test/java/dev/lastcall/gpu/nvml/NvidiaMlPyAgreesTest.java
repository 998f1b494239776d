package dev.lastcall.gpu.nvml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lastcall.gpu.ClockDomain;
import dev.lastcall.gpu.ClockEventReason;
import dev.lastcall.gpu.Gpu;
import dev.lastcall.gpu.GpuDetails;
import dev.lastcall.gpu.GpuMemory;
import dev.lastcall.gpu.GpuReadings;
import dev.lastcall.gpu.GpuSnapshot;
import dev.lastcall.gpu.MigState;
import dev.lastcall.gpu.Reading;
import dev.lastcall.gpu.TemperatureThreshold;
import dev.lastcall.support.nvml.NvmlSim;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * NVIDIA's own Python binding (PyPI {@code nvidia-ml-py}) reads from the simulator, value by value, what the agent reads:
 * a client nobody here wrote, so that simulator and reader cannot share one mistake.
 *
 * <p>A little over 300 lines: one assertion a reading, in the order of the metrics.
 */
class NvidiaMlPyAgreesTest {

    private static final String BINDING = "nvidia-ml-py==13.615.71";

    private static final String SCENARIO = """
            {"driver": "575.57.08", "gpus": [
              {"geometry": "a100-40", "mig": true, "fields": {"230": 4}, "temperatureCelsius": 71, "instances": [
                {"profile": "1g.5gb", "start": 2, "gi": 9, "index": 1, "usedMiB": 900},
                {"profile": "2g.10gb", "start": 4, "gi": 5, "index": 4, "usedMiB": 9000},
                {"profile": "1g.5gb", "start": 6, "gi": 11, "index": 6}]},
              {"geometry": "rtx-pro-6000", "mig": true, "instances": [
                {"profile": "2g.48gb", "start": 6, "gi": 2, "compute": [{"slices": 1}, {"slices": 1}]}]},
              {"geometry": "h200", "utilization": {"gpu": 88, "memory": 61}, "memory": {"usedMiB": 100000, "reservedMiB": 700},
               "powerMilliwatts": 651234, "energyMillijoules": 987654321012, "temperatureCelsius": 66,
               "clocksMHz": {"graphics": 1980, "sm": 1965, "memory": 3201, "video": 1545}, "clockEventReasons": 132,
               "pcieTxBytes": 12345678901, "pcieRxBytes": 98765432109, "nvlinkTxKiB": 1111111, "nvlinkRxKiB": 2222222,
               "ecc": {"correctedVolatile": 1, "correctedAggregate": 2, "uncorrectedVolatile": 3, "uncorrectedAggregate": 4},
               "remappedRows": {"correctable": 5, "uncorrectable": 6, "pending": 1, "failure": 0},
               "processes": [{"pid": 1, "usedMiB": 2}, {"pid": 3, "usedMiB": 4}]},
              {"geometry": "t4", "serial": "0420420420", "pcieLink": {"generation": 1, "width": 8, "replays": 17},
               "thresholdsCelsius": {"shutdown": 96, "slowdown": 93, "memoryMax": 94, "gpuMax": 85}, "performanceState": 8,
               "maxClocksMHz": {"sm": 1590, "memory": 5001}, "persistence": false, "eccMode": {"current": 1, "pending": 0},
               "utilization": {"gpu": 60, "encoder": 31, "decoder": 7}, "processes": [{"pid": 8, "usedMiB": 2}]},
              {"geometry": "a30", "migPending": true, "nvlinksDown": 1, "fields": {"38": 11, "45": 12, "52": 13, "59": 14}}],
             "events": [{"afterMs": 1500, "gpu": 0, "type": "xid", "data": 79}]}
            """;

    @TempDir
    Path folder;

    @Test
    void every_value_is_the_one_nvidias_own_binding_reads() throws Exception {
        Path python = venv();
        NvmlSim sim = NvmlSim.in(folder, SCENARIO);
        try (NvmlGpuReader reader = new NvmlGpuReader(
                NvmlOptions.of(sim.library(), Duration.ofSeconds(5)), InstantSource.system(), () -> {})) {
            reader.scan();
            Awaitility.await()
                    .until(() -> !reader.scan().gpus().getFirst().xids().values().stream()
                            .allMatch(count -> count == 0));
            Map<String, String> ours = flat(reader.scan());

            Map<String, String> theirs = new TreeMap<>();
            String script = Path.of("src/test/resources/nvml/read_all.py").toString();
            for (String line :
                    run(python.toString(), script, sim.library()).lines().toList()) {
                String[] parts = line.split("=", 2);
                theirs.put(parts[0], parts[1]);
            }

            assertThat(ours).containsExactlyInAnyOrderEntriesOf(theirs);
            assertThat(theirs).as("the comparison is not of nothing").hasSizeGreaterThan(200);
        }
    }

    private static Map<String, String> flat(GpuSnapshot snapshot) {
        Map<String, String> all = new TreeMap<>();
        all.put("driver", snapshot.driver());
        all.put("count", Integer.toString(snapshot.gpus().size()));
        for (Gpu gpu : snapshot.gpus()) {
            String key = "gpu." + gpu.index();
            Gpu.State state = gpu.fresh().orElseThrow();
            all.put(key + ".uuid", state.identity().uuid());
            all.put(key + ".name", state.identity().model());
            all.put(key + ".pci", state.identity().pciBusId());
            all.put(key + ".minor", Integer.toString(state.identity().minor()));
            whole(key, state.readings(), all);
            details(key, state.details(), all);
            mig(key, state.mig(), all);
        }
        Map<Long, Long> xids = snapshot.gpus().getFirst().xids();
        long came = xids.entrySet().stream()
                .filter(each -> each.getValue() > 0)
                .findFirst()
                .orElseThrow()
                .getKey();
        all.put("event", EventWatch.XID + " " + came);
        return all;
    }

    private static void whole(String key, GpuReadings read, Map<String, String> all) {
        put(all, key + ".memory", read.memory(), NvidiaMlPyAgreesTest::memory);
        put(
                all,
                key + ".utilization",
                read.utilization(),
                u -> Math.round(u.gpu() * 100) + " " + Math.round(u.memory() * 100));
        put(all, key + ".power", read.powerWatts(), watts -> Math.round(watts * 1000));
        put(all, key + ".limit", read.powerLimitWatts(), watts -> Math.round(watts * 1000));
        put(all, key + ".energy", read.energyJoules(), joules -> Math.round(joules * 1000));
        put(all, key + ".temperature", read.temperatureCelsius(), Math::round);
        for (ClockDomain clock : ClockDomain.values()) {
            put(
                    all,
                    key + ".clock." + clock.ordinal(),
                    read.clocksHertz().getOrDefault(clock, Reading.unsupported()),
                    hertz -> hertz / 1_000_000);
        }
        put(
                all,
                key + ".reasons",
                read.clockEventReasons(),
                reasons -> reasons.stream()
                        .mapToLong(reason ->
                                1L << List.of(ClockEventReason.values()).indexOf(reason))
                        .sum());
        put(all, key + ".ecc.0.0", read.ecc().correctedVolatile(), n -> n);
        put(all, key + ".ecc.0.1", read.ecc().correctedAggregate(), n -> n);
        put(all, key + ".ecc.1.0", read.ecc().uncorrectedVolatile(), n -> n);
        put(all, key + ".ecc.1.1", read.ecc().uncorrectedAggregate(), n -> n);
        put(all, key + ".pcie_tx", read.pcieTxBytes(), n -> n);
        put(all, key + ".pcie_rx", read.pcieRxBytes(), n -> n);
        put(all, key + ".nvlink_tx", read.nvlinkTxBytes(), bytes -> bytes / 1024);
        put(all, key + ".nvlink_rx", read.nvlinkRxBytes(), bytes -> bytes / 1024);
        put(all, key + ".corrected", read.remappedRows(), rows -> rows.correctable());
        put(all, key + ".uncorrected", read.remappedRows(), rows -> rows.uncorrectable());
        put(all, key + ".pending", read.remappedRows(), rows -> rows.pending());
        put(all, key + ".failure", read.remappedRows(), rows -> rows.failure());
        put(all, key + ".recovery", read.recoveryAction(), n -> n);
        put(all, key + ".processes", read.processCount(), n -> n);
    }

    private static void details(String key, GpuDetails details, Map<String, String> all) {
        all.put(key + ".serial", details.board().serial().orElse("error 3"));
        all.put(key + ".architecture", details.board().architecture().orElse("error 3"));
        put(all, key + ".encoder", details.engines().encoder(), NvidiaMlPyAgreesTest::percent);
        put(all, key + ".decoder", details.engines().decoder(), NvidiaMlPyAgreesTest::percent);
        put(all, key + ".busy", details.engines().activeProcesses(), n -> n);
        put(all, key + ".memory_temperature", details.thermals().memoryCelsius(), Math::round);
        put(all, key + ".margin", details.thermals().marginCelsius(), Math::round);
        for (TemperatureThreshold threshold : TemperatureThreshold.values()) {
            Reading<Double> none = Reading.unsupported();
            put(
                    all,
                    key + ".threshold." + threshold.ordinal(),
                    details.thermals().thresholdsCelsius().getOrDefault(threshold, none),
                    Math::round);
            put(
                    all,
                    key + ".tlimit." + threshold.ordinal(),
                    details.thermals().marginThresholdsCelsius().getOrDefault(threshold, none),
                    Math::round);
        }
        for (ClockDomain clock : List.of(ClockDomain.SM, ClockDomain.MEMORY)) {
            put(
                    all,
                    key + ".max_clock." + clock.ordinal(),
                    details.maxClocksHertz().getOrDefault(clock, Reading.unsupported()),
                    hertz -> hertz / 1_000_000);
        }
        put(all, key + ".pcie_generation", details.links().pcieGeneration(), n -> n);
        put(all, key + ".pcie_width", details.links().pcieWidth(), n -> n);
        put(all, key + ".pcie_replays", details.links().pcieReplays(), n -> n);
        put(all, key + ".nvlinks", details.links().nvlinksActive(), n -> n);
        details.links()
                .nvlinkErrors()
                .forEach((error, count) -> put(all, key + ".nvlink." + error.label(), count, n -> n));
        put(all, key + ".pstate", details.modes().performanceState(), n -> n);
        put(all, key + ".persistence", details.modes().persistence(), on -> on ? 1 : 0);
        put(all, key + ".ecc", details.modes().ecc(), ecc -> (ecc.current() ? 1 : 0) + " " + (ecc.pending() ? 1 : 0));
        details.computeSlicesWithoutInstance()
                .optional()
                .ifPresent(slices -> all.put(key + ".unassigned", slices.toString()));
    }

    private static long percent(double ratio) {
        return Math.round(ratio * 100);
    }

    private static void mig(String key, MigState mig, Map<String, String> all) {
        switch (mig) {
            case MigState.NotSupported _ -> all.put(key + ".mig", "error 3");
            case MigState.Unknown _ -> all.put(key + ".mig", "unknown");
            case MigState.Disabled(boolean pending) -> all.put(key + ".mig", "0 " + (pending ? 1 : 0));
            case MigState.Enabled enabled -> {
                all.put(key + ".mig", "1 " + (enabled.pending() ? 1 : 0));
                partitions(key, enabled, all);
            }
        }
    }

    private static void partitions(String key, MigState.Enabled mig, Map<String, String> all) {
        mig.profiles().forEach(p -> {
            String profile = key + ".profile." + p.id();
            all.put(
                    profile,
                    "%s %d %d %d %d"
                            .formatted(
                                    p.name(), p.computeSlices(), p.memoryMiB(), p.maxInstances(), p.multiprocessors()));
            put(
                    all,
                    profile + ".places",
                    p.placements(),
                    places -> places.stream()
                            .map(place -> place.start() + ":" + place.size())
                            .collect(Collectors.joining(" ")));
            put(all, profile + ".remaining", p.remaining(), n -> n);
        });
        mig.instances()
                .optional()
                .orElseThrow()
                .forEach(instance -> all.put(
                        key + ".instance." + instance.gi(),
                        "%d %d %d"
                                .formatted(
                                        instance.profileId(),
                                        instance.placement().start(),
                                        instance.placement().size())));
        mig.devices().forEach(device -> {
            String part = key + ".device." + device.index();
            all.put(part, "%s %d %d %s".formatted(device.uuid(), device.gi(), device.ci(), device.profile()));
            put(all, part + ".memory", device.memory(), NvidiaMlPyAgreesTest::memory);
        });
    }

    private static String memory(GpuMemory memory) {
        return "%d %d %d %d"
                .formatted(
                        memory.total(),
                        memory.used(),
                        memory.free(),
                        memory.reserved().orElse(-1L));
    }

    private static <T> void put(Map<String, String> all, String key, Reading<T> reading, Function<T, Object> show) {
        all.put(
                key,
                switch (reading) {
                    case Reading.Value<T>(T value) -> show.apply(value).toString();
                    case Reading.Unsupported<T> _ -> "error 3";
                    case Reading.NoPermission<T> _ -> "error 4";
                    case Reading.Failed<T>(int code) -> "error " + code;
                });
    }

    /** Kept in the cache; made once. */
    private static Path venv() throws Exception {
        String home = System.getenv().getOrDefault("XDG_CACHE_HOME", System.getProperty("user.home") + "/.cache");
        Path venv = Path.of(home, "lastcall", BINDING.replace("==", "-"));
        Path python = venv.resolve("bin/python");
        if (!Files.exists(venv.resolve("ready"))) {
            Files.createDirectories(venv.getParent());
            String made = attempt("python3", "-m", "venv", venv.toString());
            skipUnless(made == null, "no Python venv (Debian: python3-venv): " + made);
            String installed = attempt(
                    python.toString(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", BINDING);
            skipUnless(installed == null, BINDING + " could not be installed: " + installed);
            Files.writeString(venv.resolve("ready"), "");
        }
        return python;
    }

    private static void skipUnless(boolean condition, String reason) {
        if (!condition) {
            System.out.println("skipped: " + reason);
        }
        assumeTrue(condition, reason);
    }

    /** Null = it worked, else why not. */
    private static @Nullable String attempt(String... command) throws Exception {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor() == 0 ? null : output.strip();
        } catch (IOException missing) {
            return missing.getMessage();
        }
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output + errors).isZero();
        return output;
    }
}
