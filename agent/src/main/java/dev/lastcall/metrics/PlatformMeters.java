package dev.lastcall.metrics;

import io.micrometer.core.instrument.config.MeterFilter;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Set;

/** Leaves out the series of the JVM's own binders whose names {@code promtool check metrics} refuses. */
class PlatformMeters {

    private static final Set<String> REFUSED = Set.of("process.cpu.time", "system.cpu.count");

    @Produces
    @Singleton
    MeterFilter refused() {
        return MeterFilter.deny(id -> REFUSED.contains(id.getName()));
    }
}
