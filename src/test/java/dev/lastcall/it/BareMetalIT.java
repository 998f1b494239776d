package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.ToolRun;
import dev.lastcall.support.images.AgentImage;
import dev.lastcall.support.images.SavedImage;
import dev.lastcall.support.metadata.FakeImds;
import dev.lastcall.support.metadata.FakeMetadata;
import dev.lastcall.support.metadata.Reaction;
import dev.lastcall.support.node.RealNode;
import dev.lastcall.support.scrape.DiscoveringPrometheus;
import dev.lastcall.support.scrape.ScrapeProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A newcomer with own machines on a real node: the lines of README, one after the other, with the example for such machines; then
 * each wrong turn, and what names it.
 */
class BareMetalIT {

    private static final Duration LIMIT = Duration.ofSeconds(150);

    @TempDir
    static Path folder;

    private static @Nullable BareMetal started;

    private final BareMetal machine = java.util.Objects.requireNonNull(started);

    @BeforeAll
    static void everythingIsThere() throws Exception {
        need(
                AgentImage.underTest() == AgentImage.NATIVE,
                "skipped: make test-native runs this, with the image that people install");
        RealNode.assumePossible();
        need(Chart.helmIsThere(), Chart.SKIPPED);
        need(ToolRun.onPath("kubectl"), "skipped: no kubectl on the PATH");
        need(ScrapeProgram.isThere(), ScrapeProgram.SKIPPED);
        need(ToolRun.onPath("prometheus"), ScrapeProgram.NO_PROMETHEUS);
        Optional<String> missing = AgentImage.underTest().missing();
        need(missing.isEmpty(), "skipped: no image can be built here: " + missing.orElse(""));
        started = BareMetal.start(SavedImage.ofAgent(), folder);
    }

    @AfterAll
    static void over() {
        if (started != null) {
            started.close();
        }
    }

    @AfterEach
    void nothingIsInstalled() {
        machine.run("helm uninstall lastcall -n lastcall --wait");
        // Helm waits for the DaemonSet, and its pod may still be on its way out when the next test asks for the first
        // pod.
        await("the agent's pod is gone")
                .atMost(LIMIT)
                .until(() ->
                        machine.run("kubectl -n lastcall get pod -o name").out().isBlank());
    }

    @Test
    void the_lines_of_the_readme_bring_a_ready_agent_a_clean_doctor_a_dry_drain_and_series_for_the_operator()
            throws Exception {
        told(() -> {
            String values = values(machine.settings() + machine.driver());
            install(values);
            assertThat(machine.succeeds(machine.doctor()))
                    .contains("fragmentation is exact", "kubelet-socket", "right pods/eviction")
                    .containsPattern("\\d+ checks: \\d+ ok, 0 problems, 0 unknown");

            machine.succeeds(machine.line("kubectl annotate node NODE").replace("node NODE", "node " + BareMetal.NODE));
            String events = machine.line("kubectl get events").replace("NODE", BareMetal.NODE);
            await("the Events say what would happen")
                    .atMost(LIMIT)
                    .untilAsserted(() -> assertThat(machine.succeeds(events)).contains("would"));
            assertThat(machine.node().object().getSpec().getUnschedulable()).isNotEqualTo(Boolean.TRUE);

            scrapedByTheOperatorsConfiguration(values, "podMonitor", "serviceMonitor");
            scrapedByTheOperatorsConfiguration(values, "serviceMonitor", "podMonitor");
        });
    }

    @Test
    void where_gpu_access_is_the_wrong_one_the_agent_is_ready_and_doctor_and_notes_name_the_value() throws Exception {
        told(() -> {
            String notes = install(values(machine.settings()) + " --set gpu.access=runtime");
            assertThat(notes).contains("gpu.access=runtime. ", "library_missing");
            assertThat(problems("nvml")).contains("gpu.access", "runtimeClass");
            assertThat(machine.succeeds(
                            "kubectl get --raw /api/v1/namespaces/lastcall/pods/$(kubectl -n lastcall get pod -o"
                                    + " jsonpath={.items[0].metadata.name})/proxy/metrics"))
                    .as("the line that NOTES tells to look for")
                    .containsPattern("lastcall_nvml_state\\{[^}]*state=\"library_missing\"[^}]*} 1");
        });
    }

    @Test
    void where_no_such_runtime_class_is_there_the_events_name_it_and_notes_say_what_to_do() throws Exception {
        machine.succeeds("kubectl delete runtimeclass nvidia");
        told(() -> {
            String notes = machine.succeeds(machine.line("helm install lastcall daemonset") + " "
                    + values(machine.settings() + machine.driver()));
            assertThat(notes).contains("RuntimeClass \"nvidia\" not found", "--set gpu.access=runtime");
            await("the Events say why")
                    .atMost(LIMIT)
                    .untilAsserted(() -> assertThat(machine.succeeds("kubectl -n lastcall describe daemonset lastcall"))
                            .contains("RuntimeClass \"nvidia\" not found"));
        });
        machine.thereIsARuntimeClass();
    }

    @Test
    void without_rights_doctor_says_which_are_missing_and_which_value_brings_them() throws Exception {
        told(() -> {
            String values = values(machine.settings() + machine.driver()) + " --set rbac.create=false";
            machine.succeeds(machine.line("helm install lastcall daemonset") + " " + values);
            await("the container runs")
                    .atMost(LIMIT)
                    .until(() -> machine.run(machine.doctor()).out().contains("checks:"));
            assertThat(problems("right nodes")).contains("rbac.create=true");
            assertThat(problems("own-node")).contains("403");
        });
    }

    @Test
    void where_the_token_of_the_metadata_service_does_not_get_through_doctor_names_the_hop_limit() throws Exception {
        try (FakeMetadata imds = new FakeMetadata()) {
            imds.always(FakeImds.TOKEN, new Reaction.Hang());
            told(() -> {
                install(values(machine.settings() + machine.driver())
                        + " --set config.'lastcall\\.notice\\.provider'=aws"
                        + " --set config.'lastcall\\.notice\\.aws\\.endpoint'=" + imds.url());
                assertThat(problems("metadata aws")).contains("hop limit is 1", "hostNetwork: true");
            });
        }
    }

    private interface Steps {
        void go() throws Exception;
    }

    private void told(Steps steps) throws Exception {
        try {
            steps.go();
        } catch (Exception | AssertionError e) {
            System.out.println(Installation.whatHappened(machine.node()));
            throw e;
        }
    }

    /** @return what Helm says */
    private String install(String values) throws IOException {
        String notes = machine.succeeds(machine.line("helm install lastcall daemonset") + " " + values);
        assertThat(machine.succeeds(machine.line("kubectl -n lastcall rollout status")))
                .contains("successfully rolled out");
        return notes;
    }

    private String values(String yaml) throws IOException {
        Path file = Files.createTempFile(folder, "here", ".yaml");
        return machine.valuesOfTheImage() + "-f " + Files.writeString(file, yaml);
    }

    /** Doctor's row about one thing, which has to be a problem, with the remedy below it. */
    private String problems(String check) throws IOException {
        ToolRun doctor = machine.run(machine.doctor());
        assertThat(doctor.code()).as(doctor.all()).isNotZero();
        List<String> lines = doctor.out().lines().toList();
        int row = lines.indexOf(lines.stream()
                .filter(line -> line.matches("problem +" + check + " .*"))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no problem with " + check + " in\n" + doctor.out())));
        return lines.get(row) + "\n" + lines.get(row + 1);
    }

    private void scrapedByTheOperatorsConfiguration(String values, String by, String other) throws Exception {
        String monitors = machine.succeeds(machine.line("helm install lastcall daemonset")
                        .replace("helm install", "helm template")
                        .replace(" --create-namespace", "")
                + " " + values
                + " --set monitoring.OTHER.enabled=false,monitoring.BY.enabled=true,monitoring.BY.interval=1s"
                        .replace("OTHER", other)
                        .replace("BY", by)
                + " --show-only templates/monitors.yaml");
        try (DiscoveringPrometheus prometheus =
                DiscoveringPrometheus.ofMonitors(monitors, machine.plane().client(), folder.resolve(by))) {
            String here = "lastcall_gpu_info{node=\"" + BareMetal.NODE + "\",uuid=\"" + Installation.GPU + "\"}";
            List<Map<String, String>> found = await(here + " by the " + by)
                    .atMost(LIMIT)
                    .until(() -> prometheus.labels(here), series -> !series.isEmpty());
            assertThat(found).as(prometheus.story()).hasSize(1);
        }
    }

    private static void need(boolean there, String otherwise) {
        if (!there) {
            System.out.println(otherwise);
        }
        assumeTrue(there, otherwise);
    }
}
