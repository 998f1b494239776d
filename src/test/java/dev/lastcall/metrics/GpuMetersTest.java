package dev.lastcall.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.allocation.GpuPicture;
import dev.lastcall.fragmentation.ProfileWeights;
import dev.lastcall.gpu.GpuSnapshot;
import dev.lastcall.gpu.nvml.NvmlGpuReader;
import dev.lastcall.gpu.nvml.NvmlOptions;
import dev.lastcall.support.nvml.NvmlSim;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What /metrics says of the GPUs: from the simulated driver to the exposition. */
class GpuMetersTest {

    @TempDir
    Path folder;

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final GpuMeters meters = new GpuMeters(registry);
    private NvmlGpuReader reader = reader("none");

    @AfterEach
    void close() {
        reader.close();
    }

    @Test
    void readings_come_out_in_base_units_under_their_names() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "a100-40", "uuid": "GPU-1", "utilization": {"gpu": 93, "memory": 40},
                  "powerMilliwatts": 285500, "energyMillijoules": 5000, "memory": {"usedMiB": 1, "reservedMiB": 2},
                  "clocksMHz": {"sm": 1200}, "clockEventReasons": 4, "ecc": {"uncorrectedAggregate": 9}}]}
                """);

        assertThat(scrape(sim))
                .contains(
                        "lastcall_gpu_utilization_ratio{gpu=\"0\",uuid=\"GPU-1\",} 0.93",
                        "lastcall_gpu_memory_utilization_ratio{gpu=\"0\",uuid=\"GPU-1\",} 0.4",
                        "lastcall_gpu_power_watts{gpu=\"0\",uuid=\"GPU-1\",} 285.5",
                        "lastcall_gpu_energy_joules_total{gpu=\"0\",uuid=\"GPU-1\",} 5.0",
                        "lastcall_gpu_memory_used_bytes{gpu=\"0\",uuid=\"GPU-1\",} 1048576.0",
                        "lastcall_gpu_memory_reserved_bytes{gpu=\"0\",uuid=\"GPU-1\",} 2097152.0",
                        "lastcall_gpu_clock_hertz{gpu=\"0\",uuid=\"GPU-1\",clock=\"sm\",} 1.2E9",
                        "lastcall_gpu_clock_event_reasons{gpu=\"0\",uuid=\"GPU-1\",reason=\"sw_power_cap\",} 1.0",
                        "lastcall_gpu_clock_event_reasons{gpu=\"0\",uuid=\"GPU-1\",reason=\"gpu_idle\",} 0.0",
                        "lastcall_gpu_ecc_errors_total{gpu=\"0\",uuid=\"GPU-1\",type=\"uncorrected\",scope=\"aggregate\",} 9.0",
                        "lastcall_gpu_info{gpu=\"0\",uuid=\"GPU-1\",model=\"NVIDIA A100-SXM4-40GB\","
                                + "pci_bus_id=\"00000000:17:00.0\",driver=\"570.133.20\",mig_mode=\"disabled\",} 1.0",
                        "lastcall_gpu_stale{gpu=\"0\",} 0.0",
                        "lastcall_nvml_state{state=\"ready\",} 1.0",
                        "# TYPE lastcall_gpu_energy_joules_total counter",
                        "# TYPE lastcall_gpu_info gauge");
    }

    /** keda-gpu-scaler takes an unsupported utilisation for 0 and sees an idle GPU. */
    @Test
    void what_a_gpu_does_not_report_is_absent_and_not_zero() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "t4", "uuid": "GPU-t4"},
                  {"geometry": "a30", "uuid": "GPU-mig", "mig": true, "instances": [{"profile": "1g.6gb", "start": 0}]}]}
                """);

        List<String> lines = scrape(sim);

        assertThat(lines)
                .noneMatch(line -> line.startsWith("lastcall_gpu_utilization_ratio") && line.contains("GPU-mig"))
                .noneMatch(line -> line.startsWith("lastcall_mig_utilization_ratio"))
                .noneMatch(line -> line.startsWith("lastcall_gpu_remapped_rows") && line.contains("GPU-t4"))
                .contains("lastcall_mig_utilization_supported{gpu=\"1\",uuid=\"GPU-mig\",} 0.0");
    }

    @Test
    void placement_is_shown_where_it_may_be_seen_and_said_to_be_hidden_where_not() throws Exception {
        String scenario = """
                {"privileged": %s, "gpus": [{"geometry": "a30", "uuid": "GPU-1", "mig": true, "instances": [
                  {"profile": "2g.12gb", "start": 2, "gi": 3, "uuid": "MIG-1"}]}]}
                """;
        NvmlSim sim = NvmlSim.in(folder, scenario.formatted(true));
        assertThat(scrape(sim))
                .contains(
                        "lastcall_mig_info{gpu=\"0\",uuid=\"GPU-1\",mig_uuid=\"MIG-1\",gi=\"3\",ci=\"0\",profile=\"2g.12gb\","
                                + "start=\"2\",size=\"2\",} 1.0",
                        "lastcall_placement_visible 1.0");

        sim.scenario(scenario.formatted(false));
        assertThat(again())
                .contains(
                        "lastcall_mig_info{gpu=\"0\",uuid=\"GPU-1\",mig_uuid=\"MIG-1\",gi=\"3\",ci=\"0\",profile=\"2g.12gb\",} 1.0",
                        "lastcall_placement_visible 0.0");
    }

    @Test
    void series_of_a_gpu_or_instance_that_is_gone_are_gone() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "a30", "mig": true, "instances": [{"profile": "1g.6gb", "start": 0, "uuid": "MIG-old"}]},
                  {"geometry": "t4", "uuid": "GPU-gone"}]}
                """);
        assertThat(String.join("\n", scrape(sim))).contains("MIG-old", "GPU-gone");

        sim.scenario("""
                {"gpus": [{"geometry": "a30", "mig": true, "instances": [{"profile": "2g.12gb", "start": 0, "uuid": "MIG-new"}]}]}
                """);

        assertThat(String.join("\n", again())).contains("MIG-new").doesNotContain("MIG-old", "GPU-gone", "gpu=\"1\"");
    }

    @Test
    void a_stale_gpu_keeps_its_name_and_loses_its_readings() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "a30", "uuid": "GPU-1"}]}
                """);
        scrape(sim);

        sim.scenario("""
                {"gpus": [{"geometry": "a30", "uuid": "GPU-1", "lost": true}]}
                """);

        assertThat(again())
                .contains("lastcall_gpu_stale{gpu=\"0\",} 1.0")
                .anyMatch(line -> line.startsWith("lastcall_gpu_info{gpu=\"0\""))
                .anyMatch(line -> line.startsWith("lastcall_nvml_scan_last_success_timestamp_seconds{gpu=\"0\""))
                .noneMatch(line -> line.startsWith("lastcall_gpu_power_watts"));
    }

    @Test
    void a_node_without_a_driver_exposes_its_state_and_no_gpu() {
        meters.publish(picture(reader.scan()));

        assertThat(lines())
                .contains("lastcall_nvml_state{state=\"library_missing\",} 1.0")
                .noneMatch(line -> line.startsWith("lastcall_gpu_"));
    }

    @Test
    void a_scrape_makes_no_driver_call() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "t4"}]}
                """);
        scrape(sim);
        reader.close(); // the event thread too
        int before = sim.calls().size();

        for (int i = 0; i < 50; i++) {
            lines();
        }

        assertThat(sim.calls()).hasSize(before);
    }

    /** The number stands in docs; a change of it is a change of what a node costs the monitoring. */
    @Test
    void eight_a100_with_seven_instances_each_are_this_many_series() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, fullNode());

        long series = scrape(sim).stream()
                .filter(line -> line.matches("lastcall_(gpu|mig|nvml|placement).*"))
                // They come when the driver's events are heard, twelve for each GPU.
                .filter(line -> !line.startsWith("lastcall_gpu_xid_errors_total"))
                .count();

        int whole = 39; // per GPU
        int details = 22; // board, temperatures, links, modes, unassigned slices; engines only while MIG is off
        int instance = 4; // info and three of memory; utilisation only from Hopper on
        int slices = 9; // used and free, stranded, external, expected, capacityMismatches
        int profile = 5; // placeable, ideal, existing, ratio, evictions; one more where the kubelet answers
        int reader = 1 + 7 + 14; // placement_visible, states, the histogram of scans
        assertThat(series).isEqualTo(8 * (whole + details + 7 * instance + slices + 7 * profile) + reader);
    }

    @Test
    void every_family_is_in_the_catalogue_with_its_labels() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, fullNode());

        Set<String> unknown = new TreeSet<>(scrape(sim).stream()
                .filter(line -> line.startsWith("# TYPE lastcall_"))
                .map(line -> line.split(" ", 4))
                .map(parts -> parts[2] + " " + parts[3])
                .collect(Collectors.toSet()));
        Stream.of(GpuMetrics.ALL, GpuDetailMetrics.ALL, FragmentationMetrics.ALL)
                .flatMap(List::stream)
                .forEach(spec -> unknown.remove(spec.name() + " " + spec.type().word()));
        unknown.remove("lastcall_nvml_scan_duration_seconds_max gauge"); // Micrometer adds it to every timer

        assertThat(unknown).isEmpty();
        assertThat(MetricNames.all()).containsAll(GpuMetrics.ALL).containsAll(GpuDetailMetrics.ALL);
    }

    private static String fullNode() {
        String instances = IntStream.range(0, 7)
                .mapToObj(slice -> "{\"profile\": \"1g.5gb\", \"start\": %d}".formatted(slice))
                .collect(Collectors.joining(","));
        String gpu = "{\"geometry\": \"a100-40\", \"mig\": true, \"instances\": [" + instances + "]}";
        return "{\"gpus\": [" + String.join(",", Collections.nCopies(8, gpu)) + "]}";
    }

    private List<String> scrape(NvmlSim sim) {
        reader = reader(sim.library());
        return again();
    }

    private List<String> again() {
        GpuSnapshot snapshot = reader.scan();
        meters.scanned(snapshot.took());
        meters.publish(picture(snapshot));
        return lines();
    }

    private List<String> lines() {
        return registry.scrape().lines().toList();
    }

    private static NvmlGpuReader reader(String library) {
        return new NvmlGpuReader(
                NvmlOptions.of(library, Duration.ofSeconds(5)),
                InstantSource.fixed(Instant.parse("2026-11-25T12:00:00Z")),
                () -> {
                    throw new AssertionError("asked to exit");
                });
    }

    private static GpuPicture picture(GpuSnapshot snapshot) {
        return GpuPicture.of(snapshot, new ProfileWeights.Uniform(), Optional.empty(), (gpu, defect) -> {
            throw defect;
        });
    }
}
