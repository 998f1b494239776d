package dev.lastcall.metrics;

import dev.lastcall.allocation.GpuPicture;
import dev.lastcall.gpu.ClockEventReason;
import dev.lastcall.gpu.EccErrors;
import dev.lastcall.gpu.Gpu;
import dev.lastcall.gpu.GpuIdentity;
import dev.lastcall.gpu.GpuReadings;
import dev.lastcall.gpu.GpuSnapshot;
import dev.lastcall.gpu.MigDevice;
import dev.lastcall.gpu.MigState;
import dev.lastcall.gpu.ReaderState;
import dev.lastcall.gpu.Reading;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What is measured of GPUs and of their reader. A scrape reads the last picture: no driver call, no lock. */
@Singleton
public class GpuMeters {

    private static final Duration[] BUCKETS = Stream.of(1, 5, 10, 25, 50, 100, 250, 500, 1000, 5000)
            .map(Duration::ofMillis)
            .toArray(Duration[]::new);

    private final Timer scanDuration;
    private final SnapshotCollector<GpuPicture> pictures = new SnapshotCollector<>(GpuMeters::write);

    public GpuMeters(PrometheusMeterRegistry meters) {
        this.scanDuration = Timer.builder(GpuMetrics.SCAN_DURATION.meterName().replace(".seconds", ""))
                .description(GpuMetrics.SCAN_DURATION.help())
                .serviceLevelObjectives(BUCKETS)
                .register(meters);
        pictures.register(meters.getPrometheusRegistry());
    }

    /** A scan took so long. */
    public void scanned(Duration took) {
        scanDuration.record(took);
    }

    /** From now on scrapes show this picture. */
    public void publish(GpuPicture picture) {
        pictures.publish(picture);
    }

    private static void write(GpuPicture picture, Exposition out) {
        GpuSnapshot snapshot = picture.snapshot();
        for (String state : ReaderState.LABELS) {
            out.add(GpuMetrics.STATE, flag(snapshot.reader().label().equals(state)), state);
        }
        snapshot.errors().forEach((call, count) -> out.add(GpuMetrics.ERRORS, count, call.function(), call.code()));
        for (Gpu gpu : snapshot.gpus()) {
            String index = Integer.toString(gpu.index());
            out.add(GpuMetrics.STALE, flag(gpu.stale()), index);
            gpu.lastSuccess().ifPresent(at -> out.add(GpuMetrics.LAST_SUCCESS, seconds(at), index));
            gpu.state().ifPresent(state -> known(snapshot, gpu, state, out));
        }
        snapshot.gpus().stream()
                .flatMap(gpu -> gpu.fresh().stream())
                .flatMap(state -> mig(state).stream())
                .map(MigState.Enabled::placementVisible)
                .reduce(Boolean::logicalAnd)
                .ifPresent(visible -> out.add(GpuMetrics.PLACEMENT_VISIBLE, flag(visible)));
        FragmentationSeries.write(picture, out);
    }

    /** A stale GPU keeps its name and its XIDs; its readings are unknown, so absent. */
    private static void known(GpuSnapshot snapshot, Gpu gpu, Gpu.State state, Exposition out) {
        GpuIdentity who = state.identity();
        String[] labels = {Integer.toString(gpu.index()), who.uuid()};
        String visible =
                mig(state).map(mig -> Boolean.toString(mig.placementVisible())).orElse("");
        out.add(
                GpuMetrics.INFO,
                1,
                labels[0],
                labels[1],
                who.model(),
                who.pciBusId(),
                snapshot.driver(),
                state.mig().label(),
                visible);
        new TreeMap<>(gpu.xids())
                .forEach((xid, count) -> out.add(GpuMetrics.XID, count, labels[0], labels[1], Long.toString(xid)));
        if (!gpu.stale()) {
            whole(state.readings(), labels, out);
            GpuDetailSeries.write(state, labels, out);
            mig(state).ifPresent(mig -> parts(mig, labels, out));
        }
    }

    private static void whole(GpuReadings read, String[] gpu, Exposition out) {
        read.utilization().optional().ifPresent(busy -> {
            out.add(GpuMetrics.UTILIZATION, busy.gpu(), gpu);
            out.add(GpuMetrics.MEMORY_UTILIZATION, busy.memory(), gpu);
        });
        read.memory().optional().ifPresent(memory -> {
            out.add(GpuMetrics.MEMORY_TOTAL, memory.total(), gpu);
            out.add(GpuMetrics.MEMORY_USED, memory.used(), gpu);
            out.add(GpuMetrics.MEMORY_FREE, memory.free(), gpu);
            memory.reserved().ifPresent(reserved -> out.add(GpuMetrics.MEMORY_RESERVED, reserved, gpu));
        });
        one(GpuMetrics.POWER, read.powerWatts(), gpu, out);
        one(GpuMetrics.POWER_LIMIT, read.powerLimitWatts(), gpu, out);
        one(GpuMetrics.ENERGY, read.energyJoules(), gpu, out);
        one(GpuMetrics.TEMPERATURE, read.temperatureCelsius(), gpu, out);
        read.clocksHertz().forEach((clock, hertz) -> one(GpuMetrics.CLOCK, hertz, with(gpu, clock.label()), out));
        read.clockEventReasons().optional().ifPresent(active -> {
            for (ClockEventReason reason : ClockEventReason.values()) {
                out.add(GpuMetrics.CLOCK_REASONS, flag(active.contains(reason)), with(gpu, reason.label()));
            }
        });
        one(GpuMetrics.PCIE_TX, read.pcieTxBytes(), gpu, out);
        one(GpuMetrics.PCIE_RX, read.pcieRxBytes(), gpu, out);
        one(GpuMetrics.NVLINK_TX, read.nvlinkTxBytes(), gpu, out);
        one(GpuMetrics.NVLINK_RX, read.nvlinkRxBytes(), gpu, out);
        EccErrors ecc = read.ecc();
        one(GpuMetrics.ECC, ecc.correctedVolatile(), with(gpu, "corrected", "volatile"), out);
        one(GpuMetrics.ECC, ecc.correctedAggregate(), with(gpu, "corrected", "aggregate"), out);
        one(GpuMetrics.ECC, ecc.uncorrectedVolatile(), with(gpu, "uncorrected", "volatile"), out);
        one(GpuMetrics.ECC, ecc.uncorrectedAggregate(), with(gpu, "uncorrected", "aggregate"), out);
        read.remappedRows().optional().ifPresent(rows -> {
            out.add(GpuMetrics.REMAPPED, rows.correctable(), with(gpu, "correctable"));
            out.add(GpuMetrics.REMAPPED, rows.uncorrectable(), with(gpu, "uncorrectable"));
            out.add(GpuMetrics.REMAPPED, rows.pending(), with(gpu, "pending"));
            out.add(GpuMetrics.REMAPPED, rows.failure(), with(gpu, "failure"));
        });
        one(GpuMetrics.RECOVERY, read.recoveryAction(), gpu, out);
        one(GpuMetrics.PROCESSES, read.processCount(), gpu, out);
    }

    private static void parts(MigState.Enabled mig, String[] gpu, Exposition out) {
        out.add(GpuMetrics.MIG_UTILIZATION_SUPPORTED, flag(mig.utilizationSupported()), gpu);
        for (MigDevice device : mig.devices()) {
            String gi = Integer.toString(device.gi());
            var place = mig.placementOf(device.gi());
            out.add(
                    GpuMetrics.MIG_INFO,
                    1,
                    with(
                            gpu,
                            device.uuid(),
                            gi,
                            Integer.toString(device.ci()),
                            device.profile(),
                            place.map(at -> Integer.toString(at.start())).orElse(""),
                            place.map(at -> Integer.toString(at.size())).orElse("")));
            String[] labels = with(gpu, device.uuid(), gi, device.profile());
            device.memory().optional().ifPresent(memory -> {
                out.add(GpuMetrics.MIG_TOTAL, memory.total(), labels);
                out.add(GpuMetrics.MIG_USED, memory.used(), labels);
                out.add(GpuMetrics.MIG_FREE, memory.free(), labels);
            });
            one(GpuMetrics.MIG_UTILIZATION, device.utilization(), labels, out);
        }
    }

    private static Optional<MigState.Enabled> mig(Gpu.State state) {
        return state.mig() instanceof MigState.Enabled enabled ? Optional.of(enabled) : Optional.empty();
    }

    private static void one(MetricSpec family, Reading<? extends Number> reading, String[] labels, Exposition out) {
        reading.optional().ifPresent(value -> out.add(family, value.doubleValue(), labels));
    }

    private static String[] with(String[] first, String... more) {
        String[] all = Arrays.copyOf(first, first.length + more.length);
        System.arraycopy(more, 0, all, first.length, more.length);
        return all;
    }

    private static double flag(boolean set) {
        return set ? 1 : 0;
    }

    private static double seconds(Instant at) {
        return at.getEpochSecond() + at.getNano() / 1e9;
    }
}
