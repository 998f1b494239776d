package dev.lastcall.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.function.BooleanSupplier;

/** What is measured of the agent's own view of the API server. */
@Singleton
public class ApiMeters {

    private static final MetricSpec WATCH_UP = MetricSpec.gauge(
            "api_watch_up",
            "",
            List.of("resource"),
            "1 while the watch of the own Node (nodes) or of the pods on it (pods) shows the present state",
            "without an API server");

    /** The catalogue of this group. */
    static final List<MetricSpec> SPECS = List.of(WATCH_UP);

    private final MeterRegistry registry;

    public ApiMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /**
     * Makes the series of one watch appear.
     *
     * @param resource in the API's plural: {@code nodes}
     * @param up asked at each scrape
     */
    public void watch(String resource, BooleanSupplier up) {
        Gauge.builder(WATCH_UP.meterName(), () -> up.getAsBoolean() ? 1 : 0)
                .description(WATCH_UP.help())
                .tag("resource", resource)
                .register(registry);
    }
}
