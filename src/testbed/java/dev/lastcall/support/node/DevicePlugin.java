package dev.lastcall.support.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.controlplane.ChildProcess;
import dev.lastcall.support.controlplane.TestbedBinaries;
import dev.lastcall.support.nvml.NvmlSim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * NVIDIA's own k8s-device-plugin on a {@link RealNode}, with the simulated NVML for its library: what it finds there it
 * registers with the real kubelet.
 */
public final class DevicePlugin implements AutoCloseable {

    /** How GPUs with MIG are offered: not at all, as {@code nvidia.com/gpu}, or as {@code nvidia.com/mig-PROFILE}. */
    public enum MigStrategy {
        NONE,
        SINGLE,
        MIXED
    }

    private final RealNode node;
    private final ChildProcess process;

    private DevicePlugin(RealNode node, ChildProcess process) {
        this.node = node;
        this.process = process;
    }

    /** Starts it; kubelet hears of the devices a moment later. */
    public static DevicePlugin start(RealNode node, NvmlSim sim, MigStrategy strategy) throws IOException {
        return start(node, sim, strategy, "version: v1\n");
    }

    /** @param config the plugin's configuration file, for time-slicing and the like */
    public static DevicePlugin start(RealNode node, NvmlSim sim, MigStrategy strategy, String config)
            throws IOException {
        Path configFile = Files.writeString(node.directory().resolve("nvidia-device-plugin.yaml"), config);
        Path library = Path.of(sim.library()).toAbsolutePath();
        writeCapabilities(node, sim);
        ChildProcess process = node.run(
                "nvidia-device-plugin",
                List.of(TestbedBinaries.locate().path("nvidia-device-plugin").toString()),
                Map.of(
                        "MIG_STRATEGY",
                        strategy.name().toLowerCase(Locale.ROOT),
                        "CONFIG_FILE",
                        configFile.toString(),
                        "LD_LIBRARY_PATH",
                        String.valueOf(library.getParent()),
                        "NVML_SIM_SCENARIO",
                        sim.scenarioFile().toAbsolutePath().toString()));
        return new DevicePlugin(node, process);
    }

    public boolean alive() {
        return process.alive();
    }

    /** The end of its log, for a failed assertion. */
    public String log() {
        return process.tail(60);
    }

    @Override
    public void close() {
        node.end(process);
    }

    /** The plugin wants each MIG device's capability files listed, as the kernel module does: GPU minor, GI, CI, file minor. */
    private static void writeCapabilities(RealNode node, NvmlSim sim) throws IOException {
        StringBuilder lines = new StringBuilder("config 1\nmonitor 2\n");
        int fileMinor = 3;
        int gpuMinor = 0;
        for (JsonNode gpu :
                new ObjectMapper().readTree(sim.scenarioFile().toFile()).path("gpus")) {
            for (JsonNode instance : gpu.path("instances")) {
                String gi = "gpu" + gpu.path("minor").asInt(gpuMinor) + "/gi"
                        + instance.path("gi").asInt();
                lines.append("%s/access %d\n%s/ci0/access %d\n".formatted(gi, fileMinor++, gi, fileMinor++));
            }
            gpuMinor++;
        }
        Path list = Files.createDirectories(node.procDriver().resolve("nvidia-caps"))
                .resolve("mig-minors");
        Files.writeString(list, lines);
    }
}
