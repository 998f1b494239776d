package dev.lastcall.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Volume;
import dev.lastcall.support.http.HttpCall;
import dev.lastcall.support.images.AgentContainer;
import dev.lastcall.support.images.AgentImage;
import dev.lastcall.support.images.DockerEngine;
import dev.lastcall.support.images.ImageArchive;
import dev.lastcall.support.nvml.NvmlSim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The images on a real engine, under the chart's security context. Guards against what only a container shows: a program that
 * unpacks something and finds no place to write, a library that is missing, a driver that is not found where the NVIDIA
 * runtimes mount it, a memory limit that is too small, SIGTERM that does not arrive.
 */
class ImageRunsIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void without_a_driver_and_without_a_place_to_write_it_becomes_ready_and_ends_with_0_on_sigterm(AgentImage image)
            throws Exception {
        try (AgentContainer agent = AgentContainer.of(loaded(image), true, Map.of())) {
            agent.start();

            assertThat(agent.get("/health/live").status()).isEqualTo(200);
            assertThat(agent.get("/metrics").body())
                    .contains("# TYPE lastcall_")
                    .doesNotContain("lastcall_gpu_info{");
            assertThat(agent.status())
                    .as("as the kernel sees it")
                    .containsEntry("Uid", "65532\t65532\t65532\t65532")
                    .containsEntry("Gid", "65532\t65532\t65532\t65532")
                    .containsEntry("CapEff", "0000000000000000")
                    .containsEntry("CapBnd", "0000000000000000")
                    .containsEntry("NoNewPrivs", "1")
                    .containsEntry("Seccomp", "2");
            assertThat(agent.terminate()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void it_writes_nowhere_even_where_it_could(AgentImage image) throws Exception {
        try (AgentContainer agent = AgentContainer.of(loaded(image), false, Map.of())) {
            agent.start();
            for (String path : new String[] {"/", "/metrics", "/api/v1/state", "/health/ready"}) {
                assertThat(agent.get(path).status()).as(path).isEqualTo(200);
            }
            assertThat(agent.terminate()).isZero();

            assertThat(agent.written()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_full_node_is_read_and_scraped_within_the_charts_memory_limit(AgentImage image) throws Exception {
        String scenario = "{\"gpus\": ["
                + repeated(
                        8,
                        "{\"geometry\": \"a100-40\", \"mig\": true, \"instances\": ["
                                + IntStream.range(0, 7)
                                        .mapToObj("{\"profile\": \"1g.5gb\", \"start\": %1$d, \"gi\": %1$d}"::formatted)
                                        .collect(Collectors.joining(", "))
                                + "]}")
                + "]}";
        try (AgentContainer agent = withDriver(image, "/usr/lib64", scenario)) {
            agent.start();
            await("a scan").atMost(LIMIT).until(() -> count(agent, "lastcall_mig_info{") == 56);
            for (int scrape = 0; scrape < 500; scrape++) {
                HttpCall.Answer answer = agent.get("/metrics");
                assertThat(answer.status()).isEqualTo(200);
            }
            System.out.println(image + " image, 500 scrapes of 56 instances: resident "
                    + agent.status().get("VmRSS") + ", at most "
                    + agent.status().get("VmHWM"));
            assertThat(agent.killedForMemory()).isFalse();
            assertThat(agent.terminate()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void the_driver_is_found_where_gke_mounts_it(AgentImage image) throws Exception {
        try (AgentContainer agent =
                withDriver(image, "/usr/local/nvidia/lib64", "{\"gpus\": [{\"geometry\": \"t4\"}]}")) {
            agent.start();

            await("a scan").atMost(LIMIT).until(() -> count(agent, "lastcall_gpu_info{") == 1);
        }
    }

    private AgentContainer withDriver(AgentImage image, String where, String scenario) throws Exception {
        NvmlSim driver = NvmlSim.in(folder, scenario);
        // Another user reads it, from a folder that is this user's own.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        String library = where + "/libnvidia-ml.so.1";
        String inside = where + "/scenario.json";
        return AgentContainer.of(
                loaded(image),
                true,
                Map.of("NVML_SIM_SCENARIO", inside),
                readOnly(Path.of(driver.library()), library),
                readOnly(driver.scenarioFile(), inside));
    }

    private static Bind readOnly(Path from, String to) {
        return new Bind(from.toAbsolutePath().toString(), new Volume(to), AccessMode.ro);
    }

    private static long count(AgentContainer agent, String series) throws IOException {
        return agent.get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(series))
                .count();
    }

    private static String repeated(int times, String what) {
        return String.join(", ", Collections.nCopies(times, what));
    }

    /** In the engine. @return its name */
    private static String loaded(AgentImage image) throws Exception {
        Need.of(image.missing());
        Need.of(DockerEngine.missing());
        AgentContainer.load(image.archive());
        return ImageArchive.read(image.archive()).name();
    }
}
