package dev.lastcall.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.fragmentation.Checked;
import dev.lastcall.fragmentation.Held;
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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What /metrics says a GPU can still take: from the simulated driver's placements to the exposition. */
class FragmentationSeriesTest {

    /** Free are the memory slices 0, 1, 3 and 7: four slices, and no 3g fits. */
    private static final String SCATTERED = """
            {"privileged": %s, "gpus": [{"geometry": "a100-40", "uuid": "GPU-1", "mig": true, "instances": [
              {"profile": "1g.5gb", "start": 2, "gi": 7, "uuid": "MIG-a"},
              {"profile": "2g.10gb", "start": 4, "gi": 3, "uuid": "MIG-b"},
              {"profile": "1g.5gb", "start": 6, "gi": 9, "uuid": "MIG-c"}]}]}
            """;

    @TempDir
    Path folder;

    private ProfileWeights weights = new ProfileWeights.Uniform();
    private @Nullable Held held;

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
                        "lastcall_mig_placeable_disagreements{gpu=\"0\",uuid=\"GPU-1\",} 0.0")
                .noneMatch(line -> line.startsWith("lastcall_mig_profile_placeable_if_idle_released"))
                .noneMatch(line -> line.startsWith("lastcall_gpu_whole_free"));
    }

    @Test
    void what_the_kubelet_says_tells_what_idle_instances_cost() throws Exception {
        held = new Held(Set.of(3), false);
        assertThat(scrape(SCATTERED.formatted(true)))
                .contains(
                        "lastcall_mig_profile_placeable_if_idle_released{gpu=\"0\",uuid=\"GPU-1\",profile=\"3g.20gb\",} 1.0",
                        "lastcall_gpu_whole_free{gpu=\"0\",uuid=\"GPU-1\",} 0.0");
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
        held = new Held(Set.of(), false);
        assertThat(scrape("{\"gpus\": [{\"geometry\": \"t4\", \"uuid\": \"GPU-1\"}]}"))
                .contains("lastcall_gpu_whole_free{gpu=\"0\",uuid=\"GPU-1\",} 1.0");
        held = new Held(Set.of(), true);
        assertThat(scrape("{\"gpus\": [{\"geometry\": \"t4\", \"uuid\": \"GPU-1\"}]}"))
                .contains("lastcall_gpu_whole_free{gpu=\"0\",uuid=\"GPU-1\",} 0.0");
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
            meters.publish(GpuPicture.of(reader.scan(), weights, _ -> Optional.ofNullable(held)));
            return registry.scrape().lines().toList();
        }
    }
}
