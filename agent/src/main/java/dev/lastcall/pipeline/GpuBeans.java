package dev.lastcall.pipeline;

import dev.lastcall.config.AgentConfig;
import dev.lastcall.gpu.GpuReader;
import dev.lastcall.gpu.nvml.NvmlGpuReader;
import dev.lastcall.gpu.nvml.NvmlOptions;
import io.quarkus.runtime.Quarkus;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import org.jboss.logging.Logger;

/** The GPU side's beans that are plain classes. */
class GpuBeans {

    private static final Logger LOG = Logger.getLogger(GpuBeans.class);

    /** EX_TEMPFAIL: start me again, and the library that belongs to the new driver is loaded. */
    static final int EXIT_DRIVER_CHANGED = 75;

    @Produces
    @Singleton
    GpuReader gpuReader(AgentConfig config, InstantSource clock) {
        NvmlOptions options =
                NvmlOptions.of(config.gpu().library(), config.gpu().callTimeout());
        return new NvmlGpuReader(options, clock, () -> {
            LOG.errorf(
                    "the NVIDIA driver was exchanged under the loaded library: ending with %d to load the new one",
                    EXIT_DRIVER_CHANGED);
            Quarkus.asyncExit(EXIT_DRIVER_CHANGED);
        });
    }
}
