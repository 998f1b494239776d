package dev.lastcall.metrics;

import dev.lastcall.fragmentation.GpuFragmentation;
import dev.lastcall.gpu.GpuSnapshot;
import java.util.List;

/**
 * The GPUs of this node at one moment: what a scrape, the state document and the page all show.
 *
 * @param fragmentation of every GPU that was read, in the snapshot's order
 */
public record GpuPicture(GpuSnapshot snapshot, List<GpuFragmentation> fragmentation) {

    public GpuPicture {
        fragmentation = List.copyOf(fragmentation);
    }
}
