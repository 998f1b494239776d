package dev.lastcall.metrics;

import dev.lastcall.allocation.Allocation;
import dev.lastcall.allocation.Device;
import dev.lastcall.allocation.GpuPicture;
import dev.lastcall.fragmentation.FragmentationReport;
import dev.lastcall.fragmentation.GpuFragmentation;
import dev.lastcall.fragmentation.GpuFragmentation.Exact;
import dev.lastcall.fragmentation.GpuFragmentation.Inventory;
import dev.lastcall.fragmentation.ProfileReport;
import dev.lastcall.gpu.Gpu;
import dev.lastcall.gpu.MigDevice;
import dev.lastcall.gpu.MigState;

/** Writes what the GPUs can still take. A number that cannot be known exactly is left out: absent is not healthy. */
final class FragmentationSeries {

    private FragmentationSeries() {}

    static void write(GpuPicture picture, Exposition out) {
        picture.fragmentation().forEach(gpu -> write(gpu, out));
        picture.allocation()
                .ifPresent(allocation -> picture.snapshot().gpus().forEach(gpu -> waste(gpu, allocation, out)));
    }

    /** What a container asked for and does not use: the reason to choose a smaller profile. */
    private static void waste(Gpu gpu, Allocation allocation, Exposition out) {
        gpu.fresh().ifPresent(state -> {
            String uuid = state.identity().uuid();
            if (state.mig() instanceof MigState.Enabled mig) {
                for (MigDevice device : mig.devices()) {
                    Device held = new Device.Mig(uuid, device.uuid(), device.gi());
                    if (!allocation.holders(held).isEmpty()) {
                        device.memory()
                                .optional()
                                .ifPresent(memory -> out.add(
                                        FragmentationMetrics.WASTE,
                                        memory.total() - memory.used(),
                                        Integer.toString(gpu.index()),
                                        uuid,
                                        device.uuid(),
                                        Integer.toString(device.gi()),
                                        device.profile()));
                    }
                }
            }
        });
    }

    private static void write(GpuFragmentation gpu, Exposition out) {
        String index = Integer.toString(gpu.index());
        gpu.wholeFree().ifPresent(free -> out.add(FragmentationMetrics.WHOLE_FREE, free ? 1 : 0, index, gpu.uuid()));
        gpu.partition().ifPresent(partition -> {
            switch (partition) {
                case Exact exact -> exact(exact, index, gpu.uuid(), out);
                case Inventory inventory -> inventory(inventory, index, gpu.uuid(), out);
            }
        });
    }

    private static void exact(Exact exact, String gpu, String uuid, Exposition out) {
        FragmentationReport report = exact.report();
        out.add(FragmentationMetrics.MEMORY_SLICES, report.memoryUsed(), gpu, uuid, "used");
        out.add(FragmentationMetrics.MEMORY_SLICES, report.memoryFree(), gpu, uuid, "free");
        compute(report.computeUsed(), report.computeFree(), gpu, uuid, out);
        out.add(FragmentationMetrics.MEMORY_STRANDED, report.memoryStranded(), gpu, uuid);
        out.add(FragmentationMetrics.COMPUTE_STRANDED, report.computeStranded(), gpu, uuid);
        out.add(FragmentationMetrics.EXTERNAL, report.externalFragmentationRatio(), gpu, uuid);
        report.expectedUnusableSlices()
                .ifPresent(slices -> out.add(FragmentationMetrics.EXPECTED_UNUSABLE, slices, gpu, uuid));
        out.add(
                FragmentationMetrics.CAPACITY_MISMATCHES,
                exact.capacityMismatches().size(),
                gpu,
                uuid);
        for (ProfileReport row : report.profiles()) {
            String[] labels = {gpu, uuid, row.profile()};
            out.add(FragmentationMetrics.PLACEABLE, row.placeable(), labels);
            out.add(FragmentationMetrics.IDEAL, row.ideal(), labels);
            out.add(FragmentationMetrics.EXISTING, row.existing(), labels);
            out.add(FragmentationMetrics.RATIO, row.fragmentationRatio(), labels);
            out.add(FragmentationMetrics.EVICTIONS, row.evictionsRequired(), labels);
            row.placeableIfIdleReleased()
                    .ifPresent(count -> out.add(FragmentationMetrics.IF_IDLE_RELEASED, count, labels));
        }
    }

    private static void inventory(Inventory seen, String gpu, String uuid, Exposition out) {
        seen.existing().forEach((profile, count) -> out.add(FragmentationMetrics.EXISTING, count, gpu, uuid, profile));
        if (seen.computeUsed() + seen.computeFree() > 0) {
            compute(seen.computeUsed(), seen.computeFree(), gpu, uuid, out);
        }
    }

    private static void compute(int used, int free, String gpu, String uuid, Exposition out) {
        out.add(FragmentationMetrics.COMPUTE_SLICES, used, gpu, uuid, "used");
        out.add(FragmentationMetrics.COMPUTE_SLICES, free, gpu, uuid, "free");
    }
}
