package dev.lastcall.metrics;

import dev.lastcall.allocation.Allocation;
import dev.lastcall.allocation.AllocationState;
import dev.lastcall.allocation.Device;
import dev.lastcall.allocation.DeviceCount;
import dev.lastcall.allocation.Holding;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import jakarta.inject.Singleton;
import java.time.Instant;

/** What is measured of who holds which device. A scrape reads the last state; nobody is asked for it. */
@Singleton
public class AllocationMeters {

    private final SnapshotCollector<AllocationState> states = new SnapshotCollector<>(AllocationMeters::write);

    public AllocationMeters(PrometheusMeterRegistry meters) {
        states.publish(AllocationState.unknown());
        states.register(meters.getPrometheusRegistry());
    }

    /** From now on scrapes show this state. */
    public void publish(AllocationState state) {
        states.publish(state);
    }

    private static void write(AllocationState state, Exposition out) {
        out.add(AllocationMetrics.UP, state.up() ? 1 : 0);
        state.lastSuccess().ifPresent(at -> out.add(AllocationMetrics.LAST_SUCCESS, seconds(at)));
        state.allocation().ifPresent(allocation -> known(allocation, out));
    }

    private static void known(Allocation allocation, Exposition out) {
        out.add(AllocationMetrics.UNMAPPED, allocation.unmapped().size());
        for (DeviceCount count : allocation.counts()) {
            out.add(AllocationMetrics.INSTANCES, count.allocated(), count.profile(), "allocated");
            out.add(AllocationMetrics.INSTANCES, count.idle(), count.profile(), "idle");
        }
        for (Holding holding : allocation.holdings()) {
            String gpu = holding.device() instanceof Device.Whole(String uuid) ? uuid : "";
            String part = holding.device() instanceof Device.Mig mig ? mig.uuid() : "";
            out.add(
                    AllocationMetrics.INFO,
                    1,
                    gpu,
                    part,
                    holding.pod().namespace(),
                    holding.pod().name(),
                    holding.container(),
                    holding.resource());
        }
    }

    private static double seconds(Instant at) {
        return at.getEpochSecond() + at.getNano() / 1e9;
    }
}
