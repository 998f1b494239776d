package dev.lastcall.metrics;

import dev.lastcall.gpu.Gpu;
import dev.lastcall.gpu.GpuDetails;
import dev.lastcall.gpu.Reading;
import java.util.Arrays;

/** Writes what is known of a GPU beside its readings. */
final class GpuDetailSeries {

    private GpuDetailSeries() {}

    /** @param gpu the labels of the GPU */
    static void write(Gpu.State state, String[] gpu, Exposition out) {
        GpuDetails details = state.details();
        out.add(
                GpuDetailMetrics.BOARD,
                1,
                gpu[0],
                gpu[1],
                details.board().serial().orElse(""),
                details.board().architecture().orElse(""),
                state.identity().minor() < 0
                        ? ""
                        : Integer.toString(state.identity().minor()));
        one(GpuDetailMetrics.ENCODER, details.engines().encoder(), gpu, out);
        one(GpuDetailMetrics.DECODER, details.engines().decoder(), gpu, out);
        one(GpuDetailMetrics.ACTIVE_PROCESSES, details.engines().activeProcesses(), gpu, out);
        thermals(details.thermals(), gpu, out);
        details.maxClocksHertz()
                .forEach((clock, hertz) -> one(GpuDetailMetrics.MAX_CLOCK, hertz, with(gpu, clock.label()), out));
        links(details.links(), gpu, out);
        one(GpuDetailMetrics.PERFORMANCE_STATE, details.modes().performanceState(), gpu, out);
        one(GpuDetailMetrics.PERSISTENCE, details.modes().persistence().map(GpuDetailSeries::flag), gpu, out);
        details.modes().ecc().optional().ifPresent(ecc -> {
            out.add(GpuDetailMetrics.ECC_MODE, flag(ecc.current()), with(gpu, "current"));
            out.add(GpuDetailMetrics.ECC_MODE, flag(ecc.pending()), with(gpu, "pending"));
        });
        one(GpuDetailMetrics.WITHOUT_COMPUTE_INSTANCE, details.computeSlicesWithoutInstance(), gpu, out);
    }

    private static void thermals(GpuDetails.Thermals thermals, String[] gpu, Exposition out) {
        one(GpuDetailMetrics.MEMORY_TEMPERATURE, thermals.memoryCelsius(), gpu, out);
        one(GpuDetailMetrics.MARGIN, thermals.marginCelsius(), gpu, out);
        thermals.thresholdsCelsius()
                .forEach((at, celsius) -> one(GpuDetailMetrics.THRESHOLD, celsius, with(gpu, at.label()), out));
        thermals.marginThresholdsCelsius()
                .forEach((at, celsius) -> one(GpuDetailMetrics.MARGIN_THRESHOLD, celsius, with(gpu, at.label()), out));
    }

    private static void links(GpuDetails.Links links, String[] gpu, Exposition out) {
        one(GpuDetailMetrics.PCIE_GENERATION, links.pcieGeneration(), gpu, out);
        one(GpuDetailMetrics.PCIE_WIDTH, links.pcieWidth(), gpu, out);
        one(GpuDetailMetrics.PCIE_REPLAYS, links.pcieReplays(), gpu, out);
        one(GpuDetailMetrics.NVLINKS, links.nvlinksActive(), gpu, out);
        links.nvlinkErrors()
                .forEach((type, count) -> one(GpuDetailMetrics.NVLINK_ERRORS, count, with(gpu, type.label()), out));
    }

    private static void one(MetricSpec family, Reading<? extends Number> reading, String[] labels, Exposition out) {
        reading.optional().ifPresent(value -> out.add(family, value.doubleValue(), labels));
    }

    private static String[] with(String[] first, String more) {
        String[] all = Arrays.copyOf(first, first.length + 1);
        all[first.length] = more;
        return all;
    }

    private static int flag(boolean set) {
        return set ? 1 : 0;
    }
}
