package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.metrics.MetricNames;
import dev.lastcall.metrics.MetricSpec;
import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.kubelet.PodResourcesServer;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.nvml.NvmlSim;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import dev.lastcall.support.scenario.Workloads;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page where it is fullest: whole GPUs and MIG, who holds them, and a drain under way. */
class BusyExpositionIT {

    private static final Path GOLDEN = Path.of("src/test/resources/golden/exposition-of-a-busy-node.txt");
    private static final String TEXT = "text/plain;version=0.0.4";
    private static final String OPEN_METRICS = "application/openmetrics-text;version=1.0.0";
    private static final Pattern SAMPLE = Pattern.compile("(lastcall_\\w+)(?:\\{(.*)})? [^ ]+");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"(?:[^\"\\\\]|\\\\.)*\"");
    private static final int REQUESTS = 6;

    @TempDir
    Path folder;

    @Test
    void its_series_and_labels_are_those_of_the_golden_file_and_promtool_likes_them() throws Exception {
        NvmlSim driver = NvmlSim.in(folder, """
                {"privileged": true, "gpus": [
                  {"geometry": "a100-40", "uuid": "GPU-whole", "minor": 1, "utilization": {"gpu": 93, "memory": 40},
                   "powerMilliwatts": 285000, "temperatureCelsius": 61,
                   "processes": [{"pid": 4242, "usedMiB": 9000}]},
                  {"geometry": "h100-80", "uuid": "GPU-parts", "minor": 0, "mig": true, "instances": [
                    {"profile": "1g.10gb", "start": 0, "gi": 9, "uuid": "MIG-small"},
                    {"profile": "3g.40gb", "start": 4, "gi": 1, "uuid": "MIG-large", "usedMiB": 9000}]}]}
                """);
        Path socket = folder.resolve("kubelet.sock");
        try (PodResourcesServer kubelet = PodResourcesServer.at(socket);
                Scenario node = new Scenario(ControlPlane.shared(), "busy")) {
            node.workloads().serving("llm", 2, RotationRule.READY, 10, "vllm", "serve", "tiny");
            node.workloads().ordinary("batch", 1, Workloads.IDLE_IMAGE, 2);
            node.route(RotationRule.READY, Duration.ofMillis(200), "llm");
            AgentProcess agent = node.startAgent(builder -> builder.config("lastcall.gpu.library", driver.library())
                    .config("lastcall.gpu.scan-interval", "1s")
                    .config("lastcall.pod-resources.socket", socket.toString())
                    .env("NVML_SIM_SCENARIO", driver.scenarioFile().toString()));
            node.awaitRouted(2);
            String pod = node.workloads().pods("llm").getFirst().getMetadata().getName();
            kubelet.give(node.namespace(), pod, "main", "nvidia.com/gpu", "GPU-whole")
                    .give("elsewhere", "embed-0", "main", "nvidia.com/mig-3g.40gb", "MIG-large");
            LoadClient load = node.load(LoadPlan.concurrency(REQUESTS)
                    .lasting(Duration.ofSeconds(25), Duration.ofSeconds(30))
                    .atMost(REQUESTS));
            await("requests run").atMost(Duration.ofSeconds(30)).until(() -> load.inFlight() == REQUESTS);
            node.interrupt(Duration.ofSeconds(70));
            String page = await("a drain under way, seen whole")
                    .atMost(Duration.ofSeconds(40))
                    .until(
                            () -> get(agent, TEXT),
                            text -> text.contains("lastcall_serving_inflight_requests{")
                                    && text.contains("lastcall_serving_kept_in_rotation{")
                                    && text.contains("lastcall_allocation_info{")
                                    && text.contains("lastcall_mig_utilization_ratio{")
                                    && text.contains("lastcall_notice_to_cordon_seconds_count 1"));

            ExpositionIT.assertThatPromtoolLikes(page);
            assertThat(series(get(agent, OPEN_METRICS)))
                    .as("the same in the other format")
                    .isEqualTo(series(page));
            ExpositionIT.assertThatGolden(GOLDEN, described(page));
        }
    }

    /** Each sample's name with its labels' names, then the families of the catalogue that even this page lacks. */
    private static List<String> described(String page) {
        Set<String> series = series(page);
        Stream<String> absent = MetricNames.all().stream()
                .map(MetricSpec::name)
                .filter(name -> series.stream().noneMatch(line -> line.matches(name + "(_count)?(\\{.*)?")))
                .map(name -> "absent " + name)
                .sorted();
        return Stream.concat(series.stream(), absent).toList();
    }

    private static Set<String> series(String page) {
        return page.lines()
                .map(SAMPLE::matcher)
                .filter(Matcher::matches)
                .map(sample -> {
                    String labels = sample.group(2) == null
                            ? ""
                            : LABEL.matcher(sample.group(2))
                                    .results()
                                    .map(label -> label.group(1))
                                    .collect(Collectors.joining(",", "{", "}"));
                    return sample.group(1) + labels;
                })
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String get(AgentProcess agent, String accept) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(agent.uri("/metrics"))
                .header("Accept", accept)
                .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
        }
    }
}
