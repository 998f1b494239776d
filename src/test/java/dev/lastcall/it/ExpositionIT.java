package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lastcall.support.agent.AgentProcess;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The exposition of the packaged program, as Prometheus reads it. */
class ExpositionIT {

    private static final Path GOLDEN = Path.of("src/test/resources/golden/exposition-without-gpu.txt");

    private static final Pattern SCANNED = Pattern.compile("(?m)^lastcall_nvml_scan_duration_seconds_count [1-9]");

    private static AgentProcess agent;
    private static String exposition;

    @BeforeAll
    static void scrape() throws Exception {
        agent = AgentProcess.builder()
                .config("lastcall.kubernetes.enabled", "false")
                .config("lastcall.notice.provider", "none")
                .config("lastcall.gpu.library", "libnvidia-ml-that-is-not-here.so.1")
                .config("lastcall.pod-resources.socket", "/nonexistent/kubelet.sock")
                .start();
        HttpRequest request = HttpRequest.newBuilder(agent.uri("/metrics"))
                .header("Accept", "text/plain;version=0.0.4")
                .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            // Started does not mean scanned: without this the families would depend on who was faster.
            exposition = Awaitility.await("the first scan")
                    .atMost(Duration.ofSeconds(30))
                    .until(
                            () -> http.send(request, HttpResponse.BodyHandlers.ofString())
                                    .body(),
                            text -> SCANNED.matcher(text).find());
        }
    }

    @AfterAll
    static void stop() {
        if (agent != null) {
            agent.close();
        }
    }

    @Test
    void promtool_finds_nothing_to_complain_about() throws Exception {
        assertThatPromtoolLikes(exposition);
    }

    /** It was a share since whoever scraped last, wrong for each of two who scrape, and read files of the cgroup for it. */
    @Test
    void the_processor_time_of_the_process_is_a_counter_with_the_name_it_has_in_other_programs() {
        assertThat(exposition)
                .containsPattern("(?m)^process_cpu_seconds_total [0-9][0-9.E-]*$")
                .doesNotContain("process_cpu_usage", "system_cpu_usage");
    }

    /** Two public names from before anybody asked promtool; dashboards use them, so they stay. */
    private static final Pattern NAMES_KEPT = Pattern.compile("lastcall_gpu_(active_)?process_count non-histogram and"
            + " non-summary metrics should not have \"_count\" suffix");

    /** What promtool exits with where it read the page and has something to say about it. */
    private static final int LINT = 3;

    static void assertThatPromtoolLikes(String page) throws IOException, InterruptedException {
        assumeTrue(onPath("promtool"), "skipped: promtool is not on the PATH; the package prometheus brings it");
        Process promtool = new ProcessBuilder("promtool", "check", "metrics")
                .redirectErrorStream(true)
                .start();
        try (var in = promtool.getOutputStream()) {
            in.write(page.getBytes(StandardCharsets.UTF_8));
        }
        String complaints = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(promtool.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(complaints.lines().filter(line -> !NAMES_KEPT.matcher(line).matches()))
                .isEmpty();
        assertThat(promtool.exitValue()).isIn(0, LINT);
    }

    @Test
    void the_families_of_a_node_without_gpu_are_those_of_the_golden_file() throws IOException {
        assertThatGolden(
                GOLDEN,
                exposition
                        .lines()
                        .filter(line -> line.startsWith("# TYPE lastcall_") || line.startsWith("# HELP lastcall_"))
                        .map(line -> line.substring(2))
                        .sorted()
                        .toList());
    }

    static void assertThatGolden(Path file, List<String> now) throws IOException {
        if (Boolean.getBoolean("golden.update")) {
            Files.createDirectories(file.getParent());
            Files.write(file, now);
        }
        List<String> golden = Files.readAllLines(file);
        if (!now.equals(golden)) {
            fail("the exposition differs from " + file + " (rewrite it with -Dgolden.update=true):\n"
                    + difference(golden, now));
        }
    }

    private static String difference(List<String> golden, List<String> now) {
        return String.join(
                "\n",
                Stream.concat(
                                golden.stream()
                                        .filter(line -> !now.contains(line))
                                        .map(line -> "- " + line),
                                now.stream()
                                        .filter(line -> !golden.contains(line))
                                        .map(line -> "+ " + line))
                        .toList());
    }

    private static boolean onPath(String program) {
        return Arrays.stream(System.getenv("PATH").split(":"))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }
}
