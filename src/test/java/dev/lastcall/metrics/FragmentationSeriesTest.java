package dev.lastcall.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.allocation.Allocation;
import dev.lastcall.allocation.Device;
import dev.lastcall.allocation.GpuPicture;
import dev.lastcall.allocation.Holding;
import dev.lastcall.allocation.PodName;
import dev.lastcall.fragmentation.Checked;
import dev.lastcall.fragmentation.ProfileWeights;
import dev.lastcall.gpu.nvml.NvmlGpuReader;
import dev.lastcall.gpu.nvml.NvmlOptions;
import dev.lastcall.support.nvml.NvmlSim;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What /metrics says a GPU can still take: from the simulated driver's placements to the exposition. */
class FragmentationSeriesTest {

    /** Free are the memory slices 0, 1, 3 and 7: four slices, and no 3g fits. */
    private static final String SCATTERED = """
            {"privileged": %s, "gpus": [{"geometry": "a100-40", "uuid": "GPU-1", "mig": true, "instances": [
              {"profile": "1g.5gb", "start": 2, "gi": 7, "uuid": "MIG-a"},
              {"profile": "2g.10gb", "start": 4, "gi": 3, "uuid": "MIG-b", "usedMiB": 1000},
              {"profile": "1g.5gb", "start": 6, "gi": 9, "uuid": "MIG-c"}]}]}
            """;

    @TempDir
    Path folder;

    private ProfileWeights weights = new ProfileWeights.Uniform();
    private @Nullable Allocation held;

    @Test
    void four_free_slices_that_take_no_3g_say_so_and_say_that_one_eviction_would_do() throws Exception {
        assertThat(scrape(SCATTERED.formatted(true)))
                .contains(
                        "lastcall_mig_memory_slices{gpu=\"0\",uuid=\"GPU-1\",state=\"used\",} 4.0",
                        "lastcall_mig_memory_slices{gpu=\"0\",uuid=\"GPU-1\",state=\"free\",} 4.0",
                        "lastcall_mig_compute_slices{gpu=\"0\",uuid=\"GPU-1\",state=\"free\",} 3.0",
                        "lastcall_mig_memory_slices_stranded{gpu=\"0\",uuid=\"GPU-1\",} 1.0",
                        "lastcall_mig_compute_slices_stranded{gpu=\"0\",uuid=\"GPU-1\",} 0.0",
                        "lastcall_mig_external_fragmentation_ratio{gpu=\"0\",uuid=\"GPU-1\",} 0.5",
                        "lastcall_mig_profile_placeable{gpu=\"0\",uuid=\"GPU-1\",profile=\"3g.20gb\",} 0.0",
                        "lastcall_mig_profile_ideal{gpu=\"0\",uuid=\"GPU-1\",profile=\"3g.20gb\",} 1.0",
                        "lastcall_mig_fragmentation_ratio{gpu=\"0\",uuid=\"GPU-1\",profile=\"3g.20gb\",} 1.0",
                        "lastcall_mig_fragmentation_ratio{gpu=\"0\",uuid=\"GPU-1\",profile=\"1g.10gb\",} 0.5",
                        "lastcall_mig_evictions_required{gpu=\"0\",uuid=\"GPU-1\",profile=\"3g.20gb\",} 1.0",
                        "lastcall_mig_evictions_required{gpu=\"0\",uuid=\"GPU-1\",profile=\"7g.40gb\",} 3.0",
                        "lastcall_mig_profile_existing{gpu=\"0\",uuid=\"GPU-1\",profile=\"1g.5gb\",} 2.0",
                        "lastcall_mig_driver_capacity_mismatches{gpu=\"0\",uuid=\"GPU-1\",} 0.0")
                .noneMatch(line -> line.startsWith("lastcall_mig_profile_placeable_if_idle_released"))
                .noneMatch(line -> line.startsWith("lastcall_gpu_whole_free"));
    }

    @Test
    void what_the_kubelet_says_tells_what_idle_instances_cost() throws Exception {
        held = heldBy(new Device.Mig("GPU-1", "MIG-b", 3));
        assertThat(scrape(SCATTERED.formatted(true)))
                .contains(
                        "lastcall_mig_profile_placeable_if_idle_released{gpu=\"0\",uuid=\"GPU-1\",profile=\"3g.20gb\",} 1.0",
                        "lastcall_gpu_whole_free{gpu=\"0\",uuid=\"GPU-1\",} 0.0");
    }

    @Test
    void what_a_container_holds_and_does_not_use_is_waste_and_an_idle_instance_is_not() throws Exception {
        held = heldBy(new Device.Mig("GPU-1", "MIG-b", 3));
        List<String> lines = scrape(SCATTERED.formatted(true));
        double total = value(lines, "lastcall_mig_memory_total_bytes");
        double used = value(lines, "lastcall_mig_memory_used_bytes");

        assertThat(value(lines, "lastcall_mig_internal_waste_bytes"))
                .isEqualTo(total - used)
                .isPositive();
        assertThat(lines)
                .noneMatch(line -> line.startsWith("lastcall_mig_internal_waste_bytes") && line.contains("MIG-a"));
    }

    private static double value(List<String> lines, String family) {
        return lines.stream()
                .filter(line -> line.startsWith(family + "{") && line.contains("MIG-b"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void the_configured_mix_of_requests_weighs_the_slices_that_the_next_one_cannot_use() throws Exception {
        weights = ((Checked.Valid<ProfileWeights>) ProfileWeights.parse("3g.20gb=1,1g.5gb=1")).value();
        // A 3g.20gb can use none of the four, 1g.5gb three of them.
        assertThat(scrape(SCATTERED.formatted(true)))
                .contains("lastcall_mig_expected_unusable_slices{gpu=\"0\",uuid=\"GPU-1\",} 2.5");
    }

    /** Absent is not healthy, and a 0 would say that all is well. */
    @Test
    void without_the_privilege_to_see_placements_only_the_inventory_is_published() throws Exception {
        List<String> lines = scrape(SCATTERED.formatted(false));
        assertThat(lines)
                .contains(
                        "lastcall_mig_profile_existing{gpu=\"0\",uuid=\"GPU-1\",profile=\"1g.5gb\",} 2.0",
                        "lastcall_mig_profile_existing{gpu=\"0\",uuid=\"GPU-1\",profile=\"2g.10gb\",} 1.0",
                        "lastcall_mig_profile_existing{gpu=\"0\",uuid=\"GPU-1\",profile=\"7g.40gb\",} 0.0",
                        "lastcall_mig_compute_slices{gpu=\"0\",uuid=\"GPU-1\",state=\"used\",} 4.0",
                        "lastcall_mig_compute_slices{gpu=\"0\",uuid=\"GPU-1\",state=\"free\",} 3.0")
                .noneMatch(
                        line -> line.matches(
                                "lastcall_mig_(memory_slices|fragmentation|external|evictions|expected|profile_(placeable|ideal)).*"));
    }

    @Test
    void a_gpu_without_mig_that_nobody_holds_is_free_as_a_whole() throws Exception {
        held = heldBy();
        assertThat(scrape("{\"gpus\": [{\"geometry\": \"t4\", \"uuid\": \"GPU-1\"}]}"))
                .contains("lastcall_gpu_whole_free{gpu=\"0\",uuid=\"GPU-1\",} 1.0");
        held = heldBy(new Device.Whole("GPU-1"));
        assertThat(scrape("{\"gpus\": [{\"geometry\": \"t4\", \"uuid\": \"GPU-1\"}]}"))
                .contains("lastcall_gpu_whole_free{gpu=\"0\",uuid=\"GPU-1\",} 0.0");
    }

    private static Allocation heldBy(Device... devices) {
        return new Allocation(
                Stream.of(devices)
                        .map(device -> new Holding(device, new PodName("llm", "chat-0"), "vllm", "nvidia.com/gpu"))
                        .toList(),
                List.of(),
                Set.of());
    }

    private List<String> scrape(String scenario) throws Exception {
        NvmlSim sim = NvmlSim.in(folder, scenario);
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        GpuMeters meters = new GpuMeters(registry);
        try (NvmlGpuReader reader = new NvmlGpuReader(
                NvmlOptions.of(sim.library(), Duration.ofSeconds(5)),
                InstantSource.fixed(Instant.parse("2026-11-25T12:00:00Z")),
                () -> {
                    throw new AssertionError("asked to exit");
                })) {
            meters.publish(GpuPicture.of(reader.scan(), weights, Optional.ofNullable(held), (gpu, defect) -> {
                throw defect;
            }));
            return registry.scrape().lines().toList();
        }
    }
}
