package dev.lastcall.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.allocation.Allocation;
import dev.lastcall.allocation.AllocationState;
import dev.lastcall.allocation.Device;
import dev.lastcall.allocation.DeviceCount;
import dev.lastcall.allocation.DeviceId;
import dev.lastcall.allocation.Holding;
import dev.lastcall.allocation.PodName;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What /metrics says of who holds what. */
class AllocationMetersTest {

    private static final Instant NOON = Instant.parse("2026-11-25T12:00:00Z");
    private static final PodName LLM = new PodName("serving", "llm-0");

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final AllocationMeters meters = new AllocationMeters(registry);

    @Test
    void before_the_kubelet_answered_only_its_silence_is_exposed() {
        assertThat(samples()).containsExactly("lastcall_pod_resources_up 0.0");
    }

    @Test
    void nothing_allocated_is_zero_and_not_absent() {
        publish(new Allocation(List.of(), List.of(new DeviceCount("full", 0, 8)), Set.of()));

        assertThat(samples())
                .containsExactlyInAnyOrder(
                        "lastcall_pod_resources_up 1.0",
                        "lastcall_pod_resources_last_success_timestamp_seconds 1.795608E9",
                        "lastcall_pod_resources_unmapped_devices 0.0",
                        "lastcall_device_instances{profile=\"full\",state=\"allocated\",} 0.0",
                        "lastcall_device_instances{profile=\"full\",state=\"idle\",} 8.0");
    }

    /** With both labels a join on uuid would give a MIG pod the readings of the whole GPU. */
    @Test
    void a_part_is_named_by_mig_uuid_alone_and_a_whole_gpu_by_uuid_alone() {
        publish(new Allocation(
                List.of(
                        new Holding(new Device.Whole("GPU-1"), LLM, "vllm", "nvidia.com/gpu"),
                        new Holding(new Device.Mig("GPU-2", "MIG-1", 3), LLM, "side", "nvidia.com/mig-1g.5gb")),
                List.of(),
                Set.of(new DeviceId.GpuUuid("GPU-gone"))));

        assertThat(samples())
                .contains(
                        "lastcall_allocation_info{uuid=\"GPU-1\",namespace=\"serving\",pod=\"llm-0\",container=\"vllm\","
                                + "resource=\"nvidia.com/gpu\",} 1.0",
                        "lastcall_allocation_info{mig_uuid=\"MIG-1\",namespace=\"serving\",pod=\"llm-0\",container=\"side\","
                                + "resource=\"nvidia.com/mig-1g.5gb\",} 1.0",
                        "lastcall_pod_resources_unmapped_devices 1.0");
    }

    @Test
    void a_pod_that_is_gone_is_gone_at_the_next_scrape() {
        publish(new Allocation(
                List.of(new Holding(new Device.Whole("GPU-1"), LLM, "vllm", "nvidia.com/gpu")), List.of(), Set.of()));
        assertThat(String.join("\n", samples())).contains("llm-0");

        publish(new Allocation(List.of(), List.of(), Set.of()));

        assertThat(String.join("\n", samples())).doesNotContain("llm-0");
    }

    @Test
    void what_became_unknown_is_absent_and_when_it_was_known_stays() {
        publish(new Allocation(List.of(), List.of(new DeviceCount("full", 0, 8)), Set.of()));

        meters.publish(new AllocationState(Optional.empty(), false, Optional.of(NOON)));

        assertThat(samples())
                .containsExactlyInAnyOrder(
                        "lastcall_pod_resources_up 0.0",
                        "lastcall_pod_resources_last_success_timestamp_seconds 1.795608E9");
    }

    /** One series a device and holder, two a profile and three for the node: 8 A100 with seven 1g each. */
    @Test
    void eight_gpus_of_seven_held_instances_each_are_this_many_series() {
        List<Holding> holdings = IntStream.range(0, 56)
                .mapToObj(i -> new Holding(
                        new Device.Mig("GPU-" + i / 7, "MIG-" + i, i % 7), LLM, "c", "nvidia.com/mig-1g.5gb"))
                .toList();

        publish(new Allocation(holdings, List.of(new DeviceCount("1g.5gb", 56, 0)), Set.of()));

        assertThat(samples()).hasSize(56 + 2 + 3);
    }

    @Test
    void every_family_is_in_the_catalogue() {
        assertThat(MetricNames.all()).containsAll(AllocationMetrics.ALL);
    }

    private void publish(Allocation allocation) {
        meters.publish(new AllocationState(Optional.of(allocation), true, Optional.of(NOON)));
    }

    private List<String> samples() {
        return registry.scrape().lines().filter(line -> !line.startsWith("#")).toList();
    }
}
