package dev.lastcall.pipeline;

import dev.lastcall.config.AgentConfig;
import dev.lastcall.gpu.GpuReader;
import dev.lastcall.gpu.nvml.DriverExchange;
import dev.lastcall.gpu.nvml.NvmlGpuReader;
import dev.lastcall.gpu.nvml.NvmlOptions;
import dev.lastcall.health.Readiness;
import dev.lastcall.health.ReadinessInput;
import io.quarkus.runtime.Quarkus;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.InstantSource;

/** The GPU side's beans that are plain classes. */
class GpuBeans {

    @Produces
    @Singleton
    GpuReader gpuReader(AgentConfig config, InstantSource clock, DrainPipeline drains) {
        NvmlOptions options =
                NvmlOptions.of(config.gpu().library(), config.gpu().callTimeout());
        return new NvmlGpuReader(options, clock, new DriverExchange(drains::draining, Quarkus::asyncExit));
    }

    /** Only where the operator says that this node must have GPUs; elsewhere a node without a driver is ready. */
    @Produces
    @Singleton
    ReadinessInput gpus(GpuScan scan, AgentConfig config) {
        return new ReadinessInput() {
            @Override
            public String name() {
                return "gpus";
            }

            @Override
            public Readiness readiness() {
                boolean fit = !config.gpu().required()
                        || scan.latest().filter(seen -> seen.reader().ready()).isPresent();
                return fit
                        ? Readiness.READY
                        : Readiness.notReady("NVML does not answer and lastcall.gpu.required is true");
            }
        };
    }
}
