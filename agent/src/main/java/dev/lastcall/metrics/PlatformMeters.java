package dev.lastcall.metrics;

import com.sun.management.OperatingSystemMXBean;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.config.MeterFilter;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.lang.management.ManagementFactory;
import java.util.Set;

/** What is published of the process itself: what the JVM's own binders have, less and more. */
class PlatformMeters {

    /** Names that {@code promtool check metrics} refuses. */
    private static final Set<String> REFUSED = Set.of("process.cpu.time", "system.cpu.count");

    /**
     * More than half of what a scrape of a full node allocated. For the first two the JVM reads files of the cgroup, and they are shares
     * since whoever scraped last; for the third it asks each thread six times. The node's own share is node_exporter's to tell.
     */
    private static final Set<String> DEAR = Set.of("process.cpu.usage", "system.cpu.usage", "jvm.threads.states");

    @Produces
    @Singleton
    MeterFilter refused() {
        return MeterFilter.deny(id -> REFUSED.contains(id.getName()) || DEAR.contains(id.getName()));
    }

    /** {@code process_cpu_seconds_total}, the name under which Prometheus' client libraries publish it. */
    @Produces
    @Singleton
    MeterBinder processorTime() {
        return registry -> {
            if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
                FunctionCounter.builder("process.cpu.seconds", system, one -> one.getProcessCpuTime() / 1e9)
                        .description("Processor time of this process, user and system, in seconds")
                        .register(registry);
            }
        };
    }
}
