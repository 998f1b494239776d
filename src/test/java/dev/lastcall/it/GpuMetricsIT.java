package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.nvml.NvmlSim;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged program calls NVML through JNA. Guards against what only a packaged program can get wrong: a native executable
 * that lacks a name which JNA's library looks up, or its library itself, and then reports a node without GPUs.
 */
class GpuMetricsIT {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    @Test
    void gpus_and_mig_devices_of_the_driver_are_on_the_metrics_page() throws Exception {
        NvmlSim driver = NvmlSim.in(folder, """
                {"gpus": [
                  {"geometry": "t4", "powerMilliwatts": 61000},
                  {"geometry": "a100-40", "mig": true, "instances": [{"profile": "3g.20gb", "start": 4, "gi": 1}]}]}
                """);
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        try (AgentProcess agent = agent(driver, temporary).start()) {
            String page = await("a scan")
                    .atMost(LIMIT)
                    .until(() -> agent.get("/metrics").body(), text -> text.contains("lastcall_gpu_info{"));

            assertThat(page.lines().filter(line -> line.startsWith("lastcall_gpu_info{")))
                    .hasSize(2);
            assertThat(page.lines().filter(line -> line.startsWith("lastcall_gpu_power_watts{gpu=\"0\"")))
                    .singleElement()
                    .asString()
                    .endsWith(" 61.0");
            assertThat(page.lines().filter(line -> line.startsWith("lastcall_mig_info{")))
                    .singleElement()
                    .asString()
                    .contains("profile=\"3g.20gb\"", "start=\"4\"");
            assertThat(agent.stop()).isZero();
        }
        if (!System.getProperty("lastcall.agent", ".jar").endsWith(".jar")) {
            try (Stream<Path> written = Files.list(temporary)) {
                assertThat(written).as("a native executable unpacks nothing").isEmpty();
            }
        }
    }

    private AgentProcess.Builder agent(NvmlSim driver, Path temporary) {
        return AgentProcess.builder()
                .config("lastcall.kubernetes.enabled", "false")
                .config("lastcall.notice.provider", "none")
                .config("lastcall.gpu.library", driver.library())
                .env("NVML_SIM_SCENARIO", driver.scenarioFile().toString())
                .env("HOME", temporary.toString())
                .env("XDG_CACHE_HOME", temporary.toString())
                .env("TMPDIR", temporary.toString());
    }
}
