package dev.lastcall.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.support.drain.Samples;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NodeViewTest {

    private static NodeView node(int gpus, Map<String, String> labels) {
        NodeView sample = Samples.node(false, List.of(), labels);
        return new NodeView(
                sample.name(),
                sample.uid(),
                sample.resourceVersion(),
                false,
                List.of(),
                labels,
                Map.of(),
                Map.of(),
                null,
                "boot-1",
                gpus);
    }

    @Test
    void a_gke_node_says_that_it_has_gpus_before_any_is_allocatable() {
        assertThat(node(0, Map.of("cloud.google.com/gke-accelerator", "nvidia-l4"))
                        .saysGpus())
                .isTrue();
        assertThat(node(1, Map.of()).saysGpus()).isTrue();
        assertThat(node(0, Map.of("nvidia.com/gpu.present", "false")).saysGpus())
                .isFalse();
        assertThat(node(0, Map.of()).saysGpus()).isFalse();
    }
}
