package dev.lastcall.dashboards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.chart.ToolRun;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.kubelet.PodResourcesServer;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.nvml.NvmlSim;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import dev.lastcall.support.scenario.Workloads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged agent on a node with a scattered MIG GPU goes through one interruption while a real Prometheus scrapes it.
 * Then every panel of the dashboards is asked what it would show.
 */
class DashboardIT {

    private static final String GPUS = """
            {"gpus": [
              {"geometry": "a100-40", "uuid": "GPU-1", "mig": true, "instances": [
                {"profile": "1g.5gb", "start": 2, "gi": 7, "uuid": "MIG-a", "usedMiB": 3000},
                {"profile": "2g.10gb", "start": 4, "gi": 3, "uuid": "MIG-b", "usedMiB": 9000},
                {"profile": "1g.5gb", "start": 6, "gi": 9, "uuid": "MIG-c"}]},
              {"geometry": "a100-40", "uuid": "GPU-2", "mig": false, "utilization": {"gpu": 93, "memory": 40},
                "memory": {"usedMiB": 12000, "reservedMiB": 600}, "powerMilliwatts": 285000, "temperatureCelsius": 61}]}
            """;

    @TempDir
    static Path folder;

    private static Scenario node;
    private static PrometheusServer prometheus;
    private static JsonNode report;

    @BeforeAll
    static void one_interruption() throws Exception {
        assumeTrue(
                ToolRun.onPath("prometheus"),
                "skipped: prometheus is not on the PATH; the package prometheus brings it");
        NvmlSim sim = NvmlSim.in(Files.createDirectory(folder.resolve("nvml")), GPUS);
        node = new Scenario(ControlPlane.shared(), "panels");
        Path socket = folder.resolve("kubelet.sock");
        node.keep(PodResourcesServer.at(socket))
                .give(node.namespace(), "llm", "main", "nvidia.com/mig-2g.10gb", "MIG-b")
                .give(node.namespace(), "batch", "main", "nvidia.com/gpu", "GPU-2");
        node.workloads().serving("llm", 2, RotationRule.READY, 60, "vllm", "serve", "tiny");
        node.workloads().ordinary("guarded", 1, Workloads.IDLE_IMAGE, 4);
        node.workloads().budget("guarded", 0);
        node.route(RotationRule.READY, Duration.ofMillis(300), "llm");
        node.startAgent(agent -> agent.config("lastcall.gpu.library", sim.library())
                .config("lastcall.gpu.scan-interval", "1s")
                .config("lastcall.pod-resources.socket", socket.toString()));
        prometheus = PrometheusServer.scraping(node.agent().port(), folder);
        node.awaitRouted(2);
        LoadClient load = node.load(LoadPlan.concurrency(8).lasting(Duration.ofSeconds(2), Duration.ofSeconds(5)));
        await("requests are under way")
                .atMost(Duration.ofSeconds(30))
                .until(() -> load.tally().records().size() > 8);
        await("GPUs and the source have been scraped")
                .atMost(Duration.ofSeconds(60))
                .until(() -> has("lastcall_mig_profile_placeable")
                        && has("lastcall_allocation_info")
                        && has("lastcall_notice_source_up"));

        node.interrupt(Duration.ofSeconds(25));
        report = node.awaitReport(Duration.ofSeconds(60));
        load.stopArrivals();
        await("the end of the drain has been scraped")
                .atMost(Duration.ofSeconds(60))
                .until(() -> has("lastcall_drains_total") && has("lastcall_drain_duration_seconds_count > 0"));
    }

    @AfterAll
    static void stop() throws Exception {
        if (prometheus != null) {
            prometheus.close();
        }
        if (node != null) {
            node.close();
        }
    }

    /** A panel that may be empty says so itself ({@code empty} in its source). */
    @Test
    void every_panel_has_something_to_show() throws IOException {
        List<String> empty = new ArrayList<>();
        for (Dashboard dashboard : Dashboard.all()) {
            for (Dashboard.Query query : dashboard.queries()) {
                if (!query.mayBeEmpty() && !has(query.concrete())) {
                    empty.add(query.panel() + ": " + query.expression());
                }
            }
        }
        assertThat(empty).isEmpty();
    }

    /** What a panel shows is what the agent reported, not merely something. */
    @Test
    void the_panels_agree_with_the_report() {
        JsonNode requests = report.path("requests");
        for (String kind : List.of("atNotice", "admittedAfter", "finished", "lost")) {
            String family = "lastcall_inference_requests_"
                    + switch (kind) {
                        case "atNotice" -> "at_notice_total";
                        case "admittedAfter" -> "admitted_after_notice_total";
                        default -> kind + "_total";
                    };
            assertThat(last("sum(" + family + ")"))
                    .as(kind)
                    .isEqualTo(requests.path(kind).asDouble(-1));
        }
        assertThat(last("sum(lastcall_drain_forced_pods_total)"))
                .isEqualTo(report.at("/pods/forced").asDouble(-1));
        assertThat(last("lastcall:mig_fragmentation:ratio{profile=\"3g.20gb\"}"))
                .isEqualTo(1.0);
    }

    /** promtool tests the rules on series that somebody wrote; these are the agent's own. */
    @Test
    void the_rules_hear_of_the_interruption_in_the_agents_own_series() {
        await("the alerts").atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            List<String> firing = new ArrayList<>();
            for (JsonNode group : prometheus.rules().path("groups")) {
                for (JsonNode rule : group.path("rules")) {
                    assertThat(rule.path("health").asText())
                            .as(rule.path("name").asText())
                            .isEqualTo("ok");
                    if (rule.path("state").asText().equals("firing")) {
                        firing.add(rule.path("name").asText());
                    }
                }
            }
            assertThat(firing).contains("LastcallEvictionBlocked", "LastcallPodForced");
            assertThat(firing).doesNotContain("LastcallRequestsLost", "LastcallSourceBlind", "LastcallReaderStale");
        });
    }

    private static boolean has(String expression) {
        return !prometheus.seriesOf(expression).isEmpty();
    }

    private static double last(String expression) {
        JsonNode values = prometheus.seriesOf(expression).path(0).path("values");
        return values.path(values.size() - 1).path(1).asDouble(-2);
    }
}
