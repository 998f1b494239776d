package dev.lastcall.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.fragmentation.GpuFragmentation;
import dev.lastcall.gpu.GpuSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GpuPictureTest {

    /** Guards against one odd layout that took the fragmentation of every GPU of the node, and the page, with it. */
    @Test
    void a_gpu_whose_fragmentation_cannot_be_computed_costs_the_others_nothing() {
        GpuSnapshot snapshot = new SampleNode()
                .whole("GPU-a", 0)
                .whole("GPU-b", 1)
                .whole("GPU-c", 2)
                .seen();
        int odd = snapshot.gpus().getFirst().index();
        List<String> said = new ArrayList<>();
        GpuPicture picture = GpuPicture.of(
                snapshot,
                Optional.empty(),
                gpu -> {
                    if (gpu.index() == odd) {
                        throw new ArithmeticException("a number at the edge of its type");
                    }
                    return Optional.of(new GpuFragmentation(
                            gpu.index(), "GPU-" + gpu.index(), Optional.empty(), Optional.empty()));
                },
                (gpu, defect) -> said.add(gpu.index() + ": " + defect.getMessage()));
        assertThat(picture.snapshot()).isEqualTo(snapshot);
        assertThat(picture.fragmentation()).hasSize(snapshot.gpus().size() - 1);
        assertThat(said).containsExactly(odd + ": a number at the edge of its type");
    }

    /** Guards against 1,351 series that are made anew every ten seconds because the kubelet said the same again. */
    @Test
    void the_same_gpus_and_an_allocation_that_says_the_same_are_shown_already_and_nothing_else_is() {
        SampleNode node = new SampleNode().whole("GPU-a", 0).whole("GPU-b", 1);
        GpuSnapshot snapshot = node.seen();
        Optional<Allocation> held = Optional.of(new Allocation(List.of(), List.of(), Set.of()));
        GpuPicture picture = picture(snapshot, held);

        assertThat(picture.shows(snapshot, Optional.of(new Allocation(List.of(), List.of(), Set.of()))))
                .isTrue();
        assertThat(picture.shows(snapshot, Optional.empty())).isFalse();
        assertThat(picture.shows(snapshot, Optional.of(new Allocation(List.of(), List.of(), Set.of(), false))))
                .isFalse();
        assertThat(picture.shows(node.seen(), held))
                .as("another scan has other readings")
                .isFalse();
    }

    private static GpuPicture picture(GpuSnapshot snapshot, Optional<Allocation> held) {
        return GpuPicture.of(snapshot, held, _ -> Optional.empty(), (_, defect) -> {
            throw defect;
        });
    }
}
