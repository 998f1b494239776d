package dev.lastcall.pipeline;

import dev.lastcall.allocation.PodResourcesReader;
import dev.lastcall.allocation.kubelet.PodResourcesClient;
import dev.lastcall.config.AgentConfig;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.Duration;

/** The kubelet's side, made from the configuration. */
class AllocationBeans {

    /** A kubelet answers within milliseconds; one that is busy with a restart of the runtime does not within seconds. */
    private static final Duration DEADLINE = Duration.ofSeconds(5);

    @Produces
    @Singleton
    PodResourcesReader podResources(AgentConfig config) {
        return new PodResourcesClient(Path.of(config.podResources().socket()), DEADLINE);
    }
}
