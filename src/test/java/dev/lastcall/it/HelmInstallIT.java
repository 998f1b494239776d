package dev.lastcall.it;

import static dev.lastcall.it.Installation.DRAIN;
import static dev.lastcall.it.Installation.LIMIT;
import static dev.lastcall.it.Installation.REPORT;
import static dev.lastcall.it.Installation.uid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.ToolRun;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.controlplane.ControlPlaneUser;
import dev.lastcall.support.images.AgentImage;
import dev.lastcall.support.images.SavedImage;
import dev.lastcall.support.images.TestImages;
import dev.lastcall.support.metadata.MetadataMock;
import dev.lastcall.support.node.RealNode;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Workloads;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a user does, on a real node: the image and the chart, installed by Helm, an upgrade in the middle of a simulated drain, an
 * interruption in the middle of which the agent's own pod dies, another upgrade, its rollback and the uninstall. The test runs
 * nothing of the agent; kubelet does.
 *
 * <p>Guards against what no render shows: an image that does not start under the chart's security context, a mount that is
 * not there, a policy that refuses what the agent must write, a drain that ends with the agent's pod.
 *
 * <p>A little over 300 lines: one node, installed once, goes through all of it in order.
 */
class HelmInstallIT {

    private static final String NODE = "gpu-node";
    private static final Duration NOTICE = Duration.ofSeconds(150);
    /** Of one request, at 20 ms each: 12 s, long enough to delete a pod meanwhile. */
    private static final int SOME_TOKENS = 600;
    /** 35 s, longer than kubelet needs for another agent. */
    private static final int MANY_TOKENS = 1750;

    private static SavedImage image;

    @TempDir
    Path folder;

    @BeforeAll
    static void everythingIsThere() throws IOException, InterruptedException {
        RealNode.assumePossible();
        need(Chart.helmIsThere(), Chart.SKIPPED);
        need(MetadataMock.binary().isPresent(), "skipped: ec2-metadata-mock is not built; make testbed builds it");
        Optional<String> missing = AgentImage.underTest().missing();
        need(missing.isEmpty(), "skipped: no image can be built here: " + missing.orElse(""));
        image = SavedImage.ofAgent();
        System.out.println("installs " + image.name() + " from " + image.archive() + ", written "
                + Files.getLastModifiedTime(image.archive()));
    }

    @Test
    void a_user_installs_it_and_it_sees_drains_survives_is_upgraded_and_goes() throws Exception {
        Path root;
        try (ControlPlane plane = ControlPlane.startWithServiceAccounts(ControlPlaneUser.node(NODE));
                RealNode node =
                        RealNode.start(plane, NODE, Map.of("nvidia.com/gpu.present", "true", Workloads.POOL, NODE))) {
            root = node.directory();
            node.importImage(TestImages.engine(folder));
            node.importImage(image.plain(folder));
            try (MetadataMock quiet = MetadataMock.quiet()) {
                lives(plane, node, quiet);
            }
        }
        assertThat(root).doesNotExist();
        assertThat(Files.readAllLines(Path.of("/proc/self/mounts")))
                .noneMatch(mount -> mount.contains(root.toString()));
        assertThat(ProcessHandle.allProcesses()
                        .flatMap(process -> process.info().commandLine().stream())
                        .filter(line -> line.contains(root.toString())))
                .isEmpty();
    }

    private void lives(ControlPlane plane, RealNode node, MetadataMock quiet) throws Exception {
        try (Installation installed = Installation.of(plane, node, image, quiet, folder)) {
            try {
                lives(plane, node, quiet, installed);
            } catch (Exception | AssertionError e) {
                // While the pods and their logs are still there.
                System.out.println(Installation.whatHappened(node));
                throw e;
            }
        }
    }

    private static void lives(ControlPlane plane, RealNode node, MetadataMock quiet, Installation installed)
            throws Exception {
        withoutAnyRightItSeesTheGpuAlone(installed);
        installed.upgrade("gpuAllocation.enabled=true", "migPositions.enabled=true");
        asRootItSeesPlacementsAndTheKubelet(installed);
        theDocumentedDoctorFindsNothing(installed);
        Workloads workloads = new Workloads(node.client(), plane.newNamespace("work"), NODE);
        workloads.servingFrom(TestImages.ENGINE, "llm", 1, RotationRule.LABEL, 20);
        workloads.ordinary("batch", 2, TestImages.ENGINE, 2);

        anUpgradeLetsASimulatedDrainEnd(installed, workloads);
        anInterruptionIsEndedByTheNextPod(installed, node, workloads, quiet);

        assertThat(plane.auditLog().requestsOf(installed.chart().user(), 0))
                .as("refused to the agent")
                .isNotEmpty()
                .noneMatch(call -> call.code() == 403 || call.code() == 422);
        nothingIsLeft(installed, node);
    }

    private static void withoutAnyRightItSeesTheGpuAlone(Installation installed) {
        await("the GPU and a source of notices")
                .atMost(LIMIT)
                .untilAsserted(() -> assertThat(installed.series())
                        .doesNotContain("lastcall_pod_resources_up 1.0")
                        .anyMatch(line -> line.startsWith("lastcall_gpu_info{") && line.contains(Installation.GPU))
                        .anyMatch(line -> line.startsWith("lastcall_notice_source_up{") && line.endsWith(" 1.0")));
    }

    private static void asRootItSeesPlacementsAndTheKubelet(Installation installed) {
        await("placements and the kubelet's socket")
                .atMost(LIMIT)
                .untilAsserted(() -> assertThat(installed.series())
                        .contains("lastcall_pod_resources_up 1.0", "lastcall_placement_visible 1.0")
                        .anyMatch(line -> line.startsWith("lastcall_gpu_info{") && line.contains(Installation.GPU))
                        .anyMatch(line -> line.startsWith("lastcall_mig_info{") && line.contains("3g.20gb")));
    }

    /** By the line of docs/DOCTOR.md for this image. */
    private static void theDocumentedDoctorFindsNothing(Installation installed) throws IOException {
        if (!ToolRun.onPath("kubectl")) {
            System.out.println("left out: no kubectl on the PATH for the line of docs/DOCTOR.md");
            return;
        }
        String program = image.name().endsWith("-jvm") ? "/usr/lib/lastcall/jre/bin/java" : "/lastcall-agent";
        String line = Files.readString(Path.of("docs/DOCTOR.md"))
                .lines()
                .filter(each -> each.startsWith("kubectl -n lastcall exec daemonset/lastcall -- " + program))
                .findFirst()
                .orElseThrow();
        ToolRun doctor = installed.shell(line);
        System.out.println(doctor.all());
        assertThat(doctor.code()).as(doctor.all()).isZero();
        assertThat(doctor.out())
                .contains("fragmentation is exact", "IMDSv2", "kubelet-socket", "right pods/eviction")
                .containsPattern("\\d+ checks: \\d+ ok, 0 problems, 0 unknown");
    }

    /** {@code helm upgrade} in the middle of a drain: the chart's grace is long enough for the old pod to end what it has begun. */
    private static void anUpgradeLetsASimulatedDrainEnd(Installation installed, Workloads workloads) throws Exception {
        Pod agent = installed.readyPod("");
        CompletableFuture<HttpResponse<String>> request = installed.ask(runs(workloads), SOME_TOKENS);
        List<String> batch = names(workloads, "batch");
        installed.annotate(Installation.SIMULATE, "spot,60s");
        String id = underWay(installed, workloads, batch, request);

        Pod upgraded = installed.upgrade("config.lastcall\\.gpu\\.scan-interval=3s");

        assertThat(uid(upgraded)).isNotEqualTo(uid(agent));
        assertThat(scanInterval(upgraded)).isEqualTo("3s");
        String report = ends(installed, id, request).toString();
        assertThat(report).contains("\"kind\":\"simulated\"");
        installed.annotate(Installation.SIMULATE, null);
        await("the marks of a simulated drain are removed").atMost(LIMIT).until(() -> !installed.cordoned());
    }

    /** Without any grace to speak of, as when the agent crashes. */
    private static void anInterruptionIsEndedByTheNextPod(
            Installation installed, RealNode node, Workloads workloads, MetadataMock quiet) throws Exception {
        Pod agent = installed.readyPod("");
        CompletableFuture<HttpResponse<String>> request = installed.ask(runs(workloads), MANY_TOKENS);
        List<String> batch = names(workloads, "batch");
        Instant deadline = Instant.now().plus(NOTICE).truncatedTo(ChronoUnit.SECONDS);
        try (MetadataMock _ = quiet.becomes("spot", "--action", "terminate", "--time", deadline.toString())) {
            String id = underWay(installed, workloads, batch, request);

            node.client().pods().resource(agent).withGracePeriod(1).delete();

            installed.readyPod(uid(agent));
            assertThat(installed.series())
                    .as("the notice is the one that the first life has counted")
                    .filteredOn(line -> line.startsWith("lastcall_notices_total{") && line.contains("kind=\"spot\""))
                    .allMatch(line -> line.endsWith(" 0.0"));
            JsonNode report = ends(installed, id, request);
            assertThat(Instant.parse(report.path("deadline").asText())).isEqualTo(deadline);
            assertThat(node.object().getSpec().getTaints())
                    .anyMatch(taint -> taint.getKey().equals("lastcall.dev/interruption"));

            JsonNode drain = installed.mark(DRAIN).orElseThrow();
            Pod upgraded = installed.upgrade("config.lastcall\\.gpu\\.scan-interval=2s");
            assertThat(scanInterval(upgraded)).isEqualTo("2s");
            asRootItSeesPlacementsAndTheKubelet(installed);
            assertThat(scanInterval(installed.rollback())).isEqualTo("3s");
            asRootItSeesPlacementsAndTheKubelet(installed);
            assertThat(installed.mark(DRAIN))
                    .as("neither an upgrade nor a rollback begins a drain anew")
                    .contains(drain);
            assertThat(installed.mark(REPORT)).contains(report);
        }
    }

    private static String scanInterval(Pod agent) {
        return agent.getSpec().getContainers().getFirst().getEnv().stream()
                .filter(env -> env.getName().equals("LASTCALL_GPU_SCAN_INTERVAL"))
                .map(EnvVar::getValue)
                .findFirst()
                .orElse("");
    }

    /** @return the drain's id, when the node is cordoned, ordinary pods are gone and the serving one is held */
    private static String underWay(
            Installation installed,
            Workloads workloads,
            List<String> ordinary,
            CompletableFuture<HttpResponse<String>> request) {
        await("the real node is cordoned").atMost(LIMIT).until(installed::cordoned);
        await("ordinary pods are gone, the serving one is held")
                .atMost(LIMIT)
                .until(() -> installed.phase().equals("draining")
                        && names(workloads, "batch").stream().noneMatch(ordinary::contains));
        String id = installed.mark(DRAIN).orElseThrow().path("id").asText();
        assertThat(request).as("drain " + id + " is under way").isNotDone();
        return id;
    }

    /** @return the report of that drain, in which nothing was lost and nothing forced */
    private static JsonNode ends(Installation installed, String id, CompletableFuture<HttpResponse<String>> request)
            throws Exception {
        assertThat(request.get(LIMIT.toSeconds(), TimeUnit.SECONDS).body())
                .as("the request in flight ended well")
                .contains("\"finish_reason\":\"length\"");
        JsonNode report = await("the report of " + id)
                .atMost(LIMIT)
                .until(
                        () -> installed
                                .mark(REPORT)
                                .filter(said -> said.path("id").asText().equals(id)),
                        Optional::isPresent)
                .orElseThrow();
        String said = report.toString();
        assertThat(report.path("outcome").asText()).as(said).isEqualTo("done");
        assertThat(report.at("/requests/atNotice").asInt(-1)).as(said).isEqualTo(1);
        assertThat(report.at("/requests/finished").asInt(-1)).as(said).isEqualTo(1);
        assertThat(report.at("/requests/lost").asInt(-1)).as(said).isZero();
        assertThat(report.at("/pods/forced").asInt(-1)).as(said).isZero();
        await("the drain is done").atMost(LIMIT).until(() -> installed.phase().equals("done"));
        assertThat(installed.mark(DRAIN).orElseThrow().path("id").asText()).isEqualTo(id);
        return report;
    }

    private static void nothingIsLeft(Installation installed, RealNode node) {
        assertThat(installed.chart().objects().stream().map(object -> object.substring(0, object.indexOf(' '))))
                .contains(
                        "DaemonSet",
                        "Pod",
                        "Service",
                        "ServiceAccount",
                        "ClusterRole",
                        "ClusterRoleBinding",
                        "ValidatingAdmissionPolicy",
                        "ValidatingAdmissionPolicyBinding");
        installed.chart().uninstall();
        await("all that carried the release's label is gone")
                .atMost(LIMIT)
                .untilAsserted(() -> assertThat(installed.chart().objects()).isEmpty());
        assertThat(installed.chart().releaseRecords()).isEmpty();
        assertThat(node.object().getMetadata().getAnnotations().keySet())
                .filteredOn(key -> key.startsWith("lastcall.dev/"))
                .as("what docs/UNINSTALL.md says")
                .contains(DRAIN, REPORT)
                .isSubsetOf(DRAIN, REPORT, "lastcall.dev/at-risk");
    }

    /** @return the serving pod, when all three run and none is on its way out */
    private static Pod runs(Workloads workloads) {
        await("the workload runs")
                .atMost(LIMIT)
                .until(
                        () -> Stream.of("llm", "batch")
                                .flatMap(app -> workloads.pods(app).stream())
                                .toList(),
                        pods -> pods.size() == 3 && pods.stream().allMatch(Installation::ready));
        return workloads.pods("llm").getFirst();
    }

    private static List<String> names(Workloads workloads, String app) {
        return workloads.pods(app).stream()
                .map(pod -> pod.getMetadata().getName())
                .toList();
    }

    private static void need(boolean there, String otherwise) {
        if (!there) {
            System.out.println(otherwise);
        }
        assumeTrue(there, otherwise);
    }
}
