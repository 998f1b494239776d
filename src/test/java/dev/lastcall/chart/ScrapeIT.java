package dev.lastcall.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.InstalledChart;
import dev.lastcall.support.chart.ServingChart;
import dev.lastcall.support.chart.ToolRun;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.controlplane.FreePort;
import dev.lastcall.support.kubelet.IdleProgram;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import dev.lastcall.support.scenario.Workloads;
import dev.lastcall.support.scrape.DiscoveringPrometheus;
import dev.lastcall.support.scrape.ScrapeProgram;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real Prometheus with the configuration that the Prometheus operator's own code makes of our monitors, over the pods of a real
 * API server: a series of a drain names the workload, not the agent's pod.
 */
class ScrapeIT {

    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final String IMAGE = "lastcall.test/agent";
    private static final Pattern DOCUMENTED = Pattern.compile("(?s)```yaml\n(- job_name: lastcall\n.*?)```");

    @TempDir
    Path folder;

    @BeforeAll
    static void programs() {
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
        need(ScrapeProgram.isThere(), ScrapeProgram.SKIPPED);
        need(ToolRun.onPath("prometheus"), ScrapeProgram.NO_PROMETHEUS);
    }

    @Test
    void a_doomed_workload_is_found_by_its_own_name_through_the_operator_and_by_annotations() throws Exception {
        ControlPlane plane = ControlPlane.shared();
        String port = String.valueOf(FreePort.find());
        try (Scenario node = new Scenario(plane, "chat", Map.of(IMAGE + ":v1", new IdleProgram()))) {
            String name = node.kubelet().nodeName();
            String[] values = Stream.of(
                            "image.repository=" + IMAGE,
                            "image.tag=v1",
                            // The agent's process listens on every address of this machine, that of the pod included.
                            "http.port=" + port,
                            "gpu.enabled=false",
                            "nodeSelector.lastcall\\.test/pool=" + name,
                            "admissionPolicy.enabled=false",
                            "monitoring.scrapeAnnotations=true")
                    .flatMap(value -> Stream.of("--set", value))
                    .toArray(String[]::new);
            try (InstalledChart chart = InstalledChart.install(plane, "scraped", values)) {
                node.workloads().serving("llm", 1, RotationRule.LABEL, 20, "vllm", "serve", "tiny");
                // Nothing of it may go before it was seen.
                node.workloads().budget("llm", 0);
                node.startAgent(agent -> agent.port(Integer.parseInt(port)));
                node.interrupt(Duration.ofSeconds(600));
                String monitors = chart.monitors(Stream.concat(
                                Stream.of(values),
                                Stream.of(
                                        "--set",
                                        "monitoring.podMonitor.enabled=true",
                                        "--set",
                                        "monitoring.podMonitor.interval=1s"))
                        .toArray(String[]::new));
                String doomed = "lastcall_doomed_pods{namespace=\"%s\",workload=\"llm\",node=\"%s\"} == 1"
                        .formatted(node.namespace(), name);

                try (DiscoveringPrometheus operated =
                        DiscoveringPrometheus.ofMonitors(monitors, plane.client(), folder.resolve("operated"))) {
                    Map<String, String> series = one(operated, doomed);
                    assertThat(series).containsEntry("job", chart.namespace() + "/" + chart.name());
                    assertThat(series.keySet()).noneMatch(label -> label.startsWith("exported_"));
                    assertThat(one(operated, "up{node=\"" + name + "\"} == 1"))
                            .as("the target itself is the agent's pod")
                            .containsEntry("namespace", chart.namespace())
                            .containsEntry("container", "agent");
                }
                String byService = chart.monitors(Stream.concat(
                                Stream.of(values),
                                Stream.of(
                                        "--set",
                                        "monitoring.podMonitor.enabled=false,monitoring.serviceMonitor.enabled=true",
                                        "--set",
                                        "monitoring.serviceMonitor.interval=1s"))
                        .toArray(String[]::new));
                try (DiscoveringPrometheus served =
                        DiscoveringPrometheus.ofMonitors(byService, plane.client(), folder.resolve("served"))) {
                    assertThat(one(served, doomed))
                            .as("by the ServiceMonitor")
                            .containsEntry("namespace", node.namespace())
                            .containsEntry("service", chart.name());
                }
                try (DiscoveringPrometheus deaf = DiscoveringPrometheus.ofMonitors(
                        monitors.replace("honorLabels: true", "honorLabels: false"),
                        plane.client(),
                        folder.resolve("deaf"))) {
                    assertThat(one(deaf, "lastcall_doomed_pods{workload=\"llm\",node=\"" + name + "\"}"))
                            .as("without honorLabels it would be the agent's namespace")
                            .containsEntry("namespace", chart.namespace())
                            .containsEntry("exported_namespace", node.namespace());
                }
                try (DiscoveringPrometheus written = DiscoveringPrometheus.ofConfiguration(
                        "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n" + documented(),
                        plane.client(),
                        folder.resolve("written"))) {
                    assertThat(one(written, doomed)).containsEntry("job", "lastcall");
                }
            }
        }
    }

    @Test
    void an_engine_of_the_serving_chart_is_scraped_as_the_pod_that_it_is() throws Exception {
        ControlPlane plane = ControlPlane.shared();
        try (Scenario node = new Scenario(plane, "llm")) {
            ToolRun render = Chart.helm(
                    "template",
                    ServingChart.RELEASE,
                    ServingChart.DIRECTORY.toString(),
                    "--namespace",
                    node.namespace(),
                    "--kube-version",
                    "1.34.3",
                    "--set",
                    ServingChart.LEAST + ",monitoring.podMonitor.enabled=true,monitoring.podMonitor.interval=1s",
                    "--show-only",
                    "templates/podmonitor.yaml");
            assertThat(render.code()).as(render.err()).isZero();
            JsonNode monitor = Chart.one(Chart.parse(render.out()), "PodMonitor");
            Map<String, String> labels = new HashMap<>();
            monitor.at("/spec/selector/matchLabels")
                    .fields()
                    .forEachRemaining(
                            label -> labels.put(label.getKey(), label.getValue().asText()));
            assertThat(labels).isNotEmpty();
            node.client()
                    .pods()
                    .inNamespace(node.namespace())
                    .resource(new PodBuilder()
                            .withNewMetadata()
                            .withName("engine-0")
                            .withLabels(labels)
                            .endMetadata()
                            .withNewSpec()
                            .withNodeName(node.kubelet().nodeName())
                            .addNewContainer()
                            .withName("vllm")
                            .withImage(Workloads.ENGINE_IMAGE)
                            .withCommand("vllm", "serve", "tiny")
                            .addNewPort()
                            .withName("http")
                            .withContainerPort(8000)
                            .endPort()
                            .endContainer()
                            .endSpec()
                            .build())
                    .create();

            try (DiscoveringPrometheus operated =
                    DiscoveringPrometheus.ofMonitors(render.out(), plane.client(), folder.resolve("serving"))) {
                assertThat(one(operated, "{__name__=\"vllm:num_requests_running\"}"))
                        .containsEntry("namespace", node.namespace())
                        .containsEntry("pod", "engine-0");
            }
        }
    }

    /** The labels of the one series that the expression has, as soon as it has one. */
    private static Map<String, String> one(DiscoveringPrometheus prometheus, String expression) {
        try {
            List<Map<String, String>> series = await(expression)
                    .atMost(LIMIT)
                    .until(() -> prometheus.labels(expression), found -> !found.isEmpty());
            assertThat(series).as(expression).hasSize(1);
            return series.getFirst();
        } catch (org.awaitility.core.ConditionTimeoutException e) {
            throw new AssertionError(prometheus.story(), e);
        }
    }

    /** The scrape configuration that the manual has for people without the operator. */
    private static String documented() throws IOException {
        Matcher block = DOCUMENTED.matcher(Files.readString(Path.of("docs/INSTALL.md")));
        assertThat(block.find()).as("the scrape stands in docs/INSTALL.md").isTrue();
        return block.group(1);
    }

    private static void need(boolean there, String otherwise) {
        if (!there) {
            System.out.println(otherwise);
        }
        assumeTrue(there, otherwise);
    }
}
