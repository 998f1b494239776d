package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lastcall.support.agent.AgentProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** NVIDIA's own library, of three driver generations, on a machine without a driver: the one NVML here that we did not write. */
class RealNvmlIT {

    private static final Path DEVICE = Path.of("/dev/nvidiactl");

    @ParameterizedTest
    @ValueSource(strings = {"libnvidia-ml1", "libnvidia-tesla-ml1", "libnvidia-tesla-470-ml1"})
    void the_real_library_without_a_driver_is_a_state_and_not_an_error(String debianPackage) throws Exception {
        skipUnless(
                !Files.exists(Path.of("/proc/driver/nvidia")), "this machine has a driver: make verify-gpu is for it");
        String library = fetch(debianPackage);
        boolean had = Files.exists(DEVICE);
        try (AgentProcess agent = AgentProcess.builder()
                .config("lastcall.kubernetes.enabled", "false")
                .config("lastcall.notice.provider", "none")
                .config("lastcall.gpu.scan-interval", "1s")
                .config("lastcall.gpu.library", library)
                .start()) {
            await("the state of the driver")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> agent.get("/metrics")
                            .body()
                            .contains("lastcall_nvml_state{state=\"driver_not_loaded\"} 1.0"));

            assertThat(agent.get("/metrics").body()).doesNotContain("lastcall_gpu_", "lastcall_mig_");
            assertThat(agent.get("/health/ready").statusCode()).isEqualTo(200);
            assertThat(agent.lines()).filteredOn(line -> line.contains("NVML:")).hasSize(1);
            assertThat(agent.stop()).isZero();
        } finally {
            if (!had) {
                Files.deleteIfExists(DEVICE); // as root the real library makes it
            }
        }
    }

    private static String fetch(String debianPackage) throws IOException, InterruptedException {
        Path errors = Files.createTempFile("nvml-fetch", ".err");
        Process process = new ProcessBuilder("src/test/nvml/fetch", debianPackage)
                .redirectError(errors.toFile())
                .start();
        String path = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        int code = process.waitFor();
        String said = Files.readString(errors).strip();
        Files.delete(errors);
        skipUnless(code != 69, said);
        assertThat(code).as(said).isZero();
        return path;
    }

    private static void skipUnless(boolean condition, String reason) {
        if (!condition) {
            System.out.println("skipped: " + reason);
        }
        assumeTrue(condition, reason);
    }
}
