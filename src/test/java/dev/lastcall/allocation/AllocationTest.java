package dev.lastcall.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.allocation.SampleNode.Part;
import dev.lastcall.fragmentation.Held;
import dev.lastcall.gpu.GpuSnapshot;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The kubelet's list, the GPUs and the pods, joined. */
class AllocationTest {

    private static final PodName LLM = new PodName("serving", "llm-0");
    private static final PodName OTHER = new PodName("batch", "train-1");

    private static final Part SMALL = new Part("MIG-small", 9, 0, "1g.5gb", 19, 2);
    private static final Part LARGE = new Part("MIG-large", 1, 0, "3g.20gb", 9, 4);

    /** Minor numbers that are not the indexes: who takes the one for the other is wrong here. */
    private final GpuSnapshot node = new SampleNode()
            .whole("GPU-whole", 1)
            .partitioned("GPU-parts", 0, SMALL, LARGE)
            .seen();

    @Test
    void a_whole_gpu_is_held_by_its_pod_and_no_part_of_another_is() {
        Allocation now = join(plugin(LLM, "nvidia.com/gpu", "GPU-whole"));

        assertThat(now.holdings())
                .containsExactly(new Holding(new Device.Whole("GPU-whole"), LLM, "main", "nvidia.com/gpu"));
        assertThat(now.on("GPU-whole")).isEqualTo(new Held(Set.of(), true));
        assertThat(now.on("GPU-parts")).isEqualTo(new Held(Set.of(), false));
        assertThat(now.unmapped()).isEmpty();
    }

    @Test
    void every_form_of_an_id_of_a_mig_device_finds_the_same_device() {
        Holding held = new Holding(new Device.Mig("GPU-parts", "MIG-large", 1), LLM, "main", "nvidia.com/mig-3g.20gb");
        for (String id :
                List.of("MIG-large", "MIG-large::3", "MIG-GPU-parts/1/0", "nvidia0/gi1", "nvidia0/gi1/vgpu2")) {
            Allocation now = join(plugin(LLM, "nvidia.com/mig-3g.20gb", id));
            assertThat(now.holdings()).as(id).containsExactly(held);
            assertThat(now.on("GPU-parts")).as(id).isEqualTo(new Held(Set.of(1), false));
        }
    }

    /** Peers map a MIG claim to the GPU around it, and one small claim makes the whole GPU look taken. */
    @Test
    void a_dra_claim_on_a_part_is_the_device_in_that_place_and_not_its_gpu() {
        Allocation now = join(claim("gpu-0-mig-3g20gb-9-4"));

        assertThat(now.holdings())
                .containsExactly(
                        new Holding(new Device.Mig("GPU-parts", "MIG-large", 1), LLM, "main", "gpu.nvidia.com"));
        assertThat(now.on("GPU-parts").wholeGpu()).isFalse();
        assertThat(join(claim("gpu-1")).on("GPU-whole").wholeGpu()).isTrue();
    }

    @Test
    void a_dra_claim_on_a_place_that_may_not_be_seen_is_unmapped_and_not_guessed() {
        GpuSnapshot hidden = new SampleNode()
                .partitioned("GPU-parts", 0, false, SMALL, LARGE)
                .seen();

        Allocation now = Allocation.join(List.of(claim("gpu-0-mig-3g20gb-9-4")), hidden, List.of());

        assertThat(now.holdings()).isEmpty();
        assertThat(now.unmapped()).containsExactly(new DeviceId.PlaceOnMinor(0, 9, 4));
    }

    @Test
    void a_gke_number_is_the_minor_and_not_the_index() {
        assertThat(join(plugin(LLM, "nvidia.com/gpu", "nvidia1"))
                        .on("GPU-whole")
                        .wholeGpu())
                .isTrue();
    }

    @Test
    void all_who_share_a_device_are_listed_and_each_once() {
        Allocation now = join(
                plugin(LLM, "nvidia.com/gpu.shared", "GPU-whole::0"),
                plugin(LLM, "nvidia.com/gpu.shared", "GPU-whole::1"),
                plugin(OTHER, "nvidia.com/gpu.shared", "GPU-whole::2"));

        assertThat(now.holders(new Device.Whole("GPU-whole")))
                .extracting(Holding::pod)
                .containsExactly(LLM, OTHER);
    }

    /** Kubelets before 1.34 go on listing a pod that has finished, and its GPU looks taken until it is deleted. */
    @Test
    void a_finished_pod_holds_nothing() {
        HeldDevice held = plugin(OTHER, "nvidia.com/gpu", "GPU-whole");

        Allocation now = Allocation.join(List.of(held), node, List.of(new PodPhase(OTHER, true)));

        assertThat(now.holdings()).isEmpty();
        assertThat(now.on("GPU-whole")).isEqualTo(new Held(Set.of(), false));
    }

    @Test
    void a_finished_pod_takes_nothing_from_its_successor_of_the_same_name() {
        HeldDevice held = plugin(LLM, "nvidia.com/gpu", "GPU-whole");

        Allocation now =
                Allocation.join(List.of(held), node, List.of(new PodPhase(LLM, true), new PodPhase(LLM, false)));

        assertThat(now.on("GPU-whole").wholeGpu()).isTrue();
    }

    @Test
    void a_pod_the_watch_does_not_show_holds_what_the_kubelet_says() {
        HeldDevice held = plugin(LLM, "nvidia.com/gpu", "GPU-whole");

        assertThat(Allocation.join(List.of(held), node, List.of(new PodPhase(OTHER, true)))
                        .holdings())
                .hasSize(1);
    }

    @Test
    void what_matches_no_device_is_counted_once_per_device() {
        Allocation now = join(
                plugin(LLM, "nvidia.com/gpu", "GPU-elsewhere::0"),
                plugin(OTHER, "nvidia.com/gpu", "GPU-elsewhere::1"),
                plugin(OTHER, "nvidia.com/gpu", "MIG-destroyed"),
                plugin(OTHER, "nvidia.com/gpu", "0000:3b:00.0"));

        assertThat(now.unmapped()).hasSize(3);
        assertThat(now.holdings()).isEmpty();
    }

    /** HAMi and Volcano count shares behind a dash, gpushare behind {@code -_-}. */
    @Test
    void an_id_with_a_counter_behind_the_uuid_is_the_device_with_this_uuid() {
        for (String id : List.of("GPU-whole-7", "GPU-whole-_-7", "GPU-whole::7", "GPU-whole.7")) {
            Allocation now = join(plugin(LLM, "nvidia.com/gpu", id));
            assertThat(now.on("GPU-whole").wholeGpu()).as(id).isTrue();
            assertThat(now.unmapped()).as(id).isEmpty();
            assertThat(now.counts()).as(id).contains(new DeviceCount(DeviceCount.FULL, 1, 0));
        }
        assertThat(join(plugin(LLM, "nvidia.com/mig-3g.20gb", "MIG-large-0")).on("GPU-parts"))
                .isEqualTo(new Held(Set.of(1), false));
        assertThat(join(plugin(LLM, "aliyun.com/gpu-mem", "GPU-whole-_-3"))
                        .on("GPU-whole")
                        .wholeGpu())
                .as("whatever the resource is called")
                .isTrue();
    }

    @Test
    void a_counter_is_no_part_of_a_longer_uuid() {
        GpuSnapshot alike = new SampleNode()
                .whole("GPU-1", 0)
                .whole("GPU-1-7", 1)
                .whole("GPU-1-70", 2)
                .seen();

        Allocation now = Allocation.join(List.of(plugin(LLM, "nvidia.com/gpu", "GPU-1-7")), alike, List.of());

        assertThat(now.holdings()).extracting(Holding::device).containsExactly(new Device.Whole("GPU-1-7"));
    }

    /** A scaler that believed otherwise would remove a node at work. */
    @Test
    void an_id_of_a_gpu_that_nobody_understands_leaves_unknown_what_is_idle() {
        for (HeldDevice odd : List.of(
                plugin(LLM, "nvidia.com/gpu", "0000:3b:00.0"),
                plugin(LLM, "nvidia.com/mig-1g.5gb", "slot-1"),
                claim("gpu-of-tomorrow"))) {
            Allocation now = join(odd, plugin(OTHER, "nvidia.com/mig-3g.20gb", "MIG-large"));

            assertThat(now.complete()).as(odd.toString()).isFalse();
            assertThat(now.counts()).isEmpty();
            assertThat(now.allOn("GPU-whole")).isEmpty();
            assertThat(now.allOn("GPU-parts")).isEmpty();
            assertThat(now.holdings()).as("what is known is still said").hasSize(1);
        }
        assertThat(join(plugin(LLM, "nvidia.com/gpu", "slot-1"), plugin(OTHER, "nvidia.com/gpu", "GPU-whole"))
                        .allOn("GPU-whole"))
                .as("a GPU that is held is not free, whoever else there is")
                .contains(new Held(Set.of(), true));
    }

    @Test
    void a_place_that_may_not_be_seen_leaves_unknown_what_is_idle() {
        GpuSnapshot hidden =
                new SampleNode().partitioned("GPU-parts", 0, false, SMALL).seen();

        assertThat(Allocation.join(List.of(claim("gpu-0-mig-3g20gb-9-4")), hidden, List.of())
                        .complete())
                .isFalse();
        assertThat(Allocation.join(List.of(claim("gpu-5-mig-3g20gb-9-4")), hidden, List.of())
                        .complete())
                .as("of a GPU that is not here")
                .isTrue();
    }

    @Test
    void a_network_card_and_a_gpu_of_elsewhere_leave_known_what_is_idle() {
        Allocation now = join(
                plugin(LLM, "nvidia.com/hostdev", "0000:3b:00.2"),
                plugin(LLM, "nvidia.com/gpu", "GPU-elsewhere"),
                plugin(OTHER, "nvidia.com/mig-1g.5gb", "MIG-destroyed"),
                plugin(OTHER, "nvidia.com/gpu", "nvidia7"));

        assertThat(now.unmapped()).hasSize(4);
        assertThat(now.complete()).isTrue();
        assertThat(now.counts()).contains(new DeviceCount(DeviceCount.FULL, 0, 1));
    }

    @Test
    void other_vendors_devices_are_neither_held_nor_unmapped() {
        assertThat(HeldDevice.ofClaim(LLM, "main", "dra.net", "gpu-1")).isEqualTo(Optional.empty());
        assertThat(HeldDevice.ofClaim(LLM, "main", "compute-domain.nvidia.com", "channel-0"))
                .isEmpty();

        assertThat(HeldDevice.ofPlugin(LLM, "main", "rdma/hca", "mlx5_0")).isEmpty();

        Allocation now = join(plugin(LLM, "example.com/fpga", "GPU-1"));

        assertThat(now.holdings()).isEmpty();
        assertThat(now.unmapped()).isEmpty();
    }

    @Test
    void a_gpu_under_another_resource_name_is_found_by_its_uuid() {
        assertThat(join(plugin(LLM, "example.com/pooled-gpu", "GPU-whole"))
                        .on("GPU-whole")
                        .wholeGpu())
                .isTrue();
    }

    @Test
    void counts_say_per_profile_what_is_held_and_what_is_idle() {
        assertThat(join(plugin(LLM, "nvidia.com/mig-3g.20gb", "MIG-large")).counts())
                .containsExactly(
                        new DeviceCount("1g.5gb", 0, 1),
                        new DeviceCount("3g.20gb", 1, 0),
                        new DeviceCount(DeviceCount.FULL, 0, 1));
    }

    @Test
    void a_stale_gpu_keeps_its_holder_and_is_not_counted() {
        GpuSnapshot stale = new SampleNode().stale("GPU-hung", 0).seen();

        Allocation now = Allocation.join(List.of(plugin(LLM, "nvidia.com/gpu", "GPU-hung")), stale, List.of());

        assertThat(now.on("GPU-hung").wholeGpu()).isTrue();
        assertThat(now.counts()).isEmpty();
        assertThat(now.unmapped()).isEmpty();
    }

    @Test
    void compute_instances_of_one_gpu_instance_are_held_one_by_one() {
        GpuSnapshot split = new SampleNode()
                .partitioned(
                        "GPU-parts",
                        0,
                        new Part("MIG-a", 2, 0, "1c.3g.20gb", 9, 0),
                        new Part("MIG-b", 2, 1, "1c.3g.20gb", 9, 0))
                .seen();

        Allocation now = Allocation.join(List.of(plugin(LLM, "nvidia.com/gpu", "MIG-b")), split, List.of());

        assertThat(now.holders(new Device.Mig("GPU-parts", "MIG-a", 2))).isEmpty();
        assertThat(now.counts()).containsExactly(new DeviceCount("1c.3g.20gb", 1, 1));
        assertThat(now.on("GPU-parts")).isEqualTo(new Held(Set.of(2), false));
    }

    private Allocation join(HeldDevice... held) {
        return Allocation.join(List.of(held), node, List.of());
    }

    private static HeldDevice plugin(PodName pod, String resource, String id) {
        return HeldDevice.ofPlugin(pod, "main", resource, id).orElseThrow();
    }

    private static HeldDevice claim(String device) {
        return HeldDevice.ofClaim(LLM, "main", "gpu.nvidia.com", device).orElseThrow();
    }
}
