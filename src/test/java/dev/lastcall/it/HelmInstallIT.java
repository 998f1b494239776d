package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.InstalledChart;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.controlplane.ControlPlaneUser;
import dev.lastcall.support.controlplane.FreePort;
import dev.lastcall.support.images.SavedImage;
import dev.lastcall.support.images.TestImages;
import dev.lastcall.support.metadata.MetadataMock;
import dev.lastcall.support.node.RealNode;
import dev.lastcall.support.nvml.NvmlSim;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Workloads;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a user does, on a real node: the image and the chart, installed by Helm, through an interruption in which the agent's
 * own pod is killed, an upgrade and the uninstall. Nothing of the agent is run by the test; kubelet does.
 *
 * <p>Guards against what no render shows: an image that does not start under the chart's security context, a mount that is
 * not there, a policy that refuses what the agent must write, a drain that ends with the agent's pod.
 */
class HelmInstallIT {

    private static final String NODE = "gpu-node";
    private static final String GPU = "GPU-a0000000-0000-0000-0000-000000000000";
    private static final String DRAIN = "lastcall.dev/drain";
    private static final String REPORT = "lastcall.dev/last-report";
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final Duration NOTICE = Duration.ofSeconds(150);
    /** Tokens of one request at 20 ms each: 35 s, longer than kubelet needs for another agent on an idle machine. */
    private static final int TOKENS = 1750;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static SavedImage image;

    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    Path folder;

    @BeforeAll
    static void everythingIsThere() throws IOException {
        RealNode.assumePossible();
        need(Chart.helmIsThere(), Chart.SKIPPED);
        need(MetadataMock.binary().isPresent(), "skipped: ec2-metadata-mock is not built; make testbed builds it");
        Optional<SavedImage> built = SavedImage.ofAgent();
        need(built.isPresent(), "skipped: there is no image under target/image; make image builds it");
        image = built.orElseThrow();
    }

    @Test
    void a_user_installs_it_and_it_sees_drains_survives_upgrades_and_goes() throws Exception {
        Path root;
        try (ControlPlane plane = ControlPlane.startWithServiceAccounts(ControlPlaneUser.node(NODE));
                RealNode node =
                        RealNode.start(plane, NODE, Map.of("nvidia.com/gpu.present", "true", Workloads.POOL, NODE))) {
            root = node.directory();
            node.importImage(TestImages.engine(folder));
            node.importImage(image.plain(folder));
            try (MetadataMock quiet = MetadataMock.quiet()) {
                lives(node, plane, quiet);
            } catch (Exception | AssertionError e) {
                System.out.println(whatHappened(node));
                throw e;
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

    private void lives(RealNode node, ControlPlane plane, MetadataMock quiet) throws Exception {
        int port = FreePort.find();
        String values = values(node, port, quiet.url()).toString();
        try (InstalledChart chart =
                InstalledChart.install(plane, "trial", "-f", values, "--wait", "--timeout", "150s")) {
            Pod first = readyPod(chart, "");
            itSeesTheGpuAndTheKubelet(port);
            Workloads workloads = new Workloads(node.client(), plane.newNamespace("work"), NODE);
            workloads.servingFrom(TestImages.ENGINE, "llm", 1, RotationRule.LABEL, 20);
            workloads.ordinary("batch", 2, TestImages.ENGINE, 2);
            await("the workload runs")
                    .atMost(LIMIT)
                    .until(
                            () -> Stream.of("llm", "batch")
                                    .flatMap(app -> workloads.pods(app).stream())
                                    .toList(),
                            pods -> pods.size() == 3 && pods.stream().allMatch(HelmInstallIT::ready));

            String engine =
                    "http://" + workloads.pods("llm").getFirst().getStatus().getPodIP() + ":8000";
            CompletableFuture<HttpResponse<String>> request = ask(engine);
            await("the request is in flight")
                    .atMost(LIMIT)
                    .until(() -> lines(engine + "/metrics").stream()
                            .anyMatch(line -> line.startsWith("vllm:num_requests_running{") && line.endsWith(" 1.0")));
            List<String> batch = names(workloads, "batch");
            List<String> serving = names(workloads, "llm");
            try (MetadataMock interrupted = interrupted(quiet)) {
                JsonNode started = theNodeIsCordonedAndOrdinaryPodsGo(node, workloads, batch);
                assertThat(request).as("the drain is under way").isNotDone();
                JsonNode drain =
                        anotherAgentEndsTheDrain(node, chart, started.path("id").asText(), first, request, port);
                assertThat(names(workloads, "llm")).doesNotContainAnyElementsOf(serving);
                anUpgradeLeavesTheDrainAlone(node, chart, values, drain);
            }
            assertThat(plane.auditLog().requestsOf(chart.user(), 0))
                    .as("refused to the agent")
                    .isNotEmpty()
                    .noneMatch(call -> call.code() == 403 || call.code() == 422);
            nothingIsLeftOfIt(node, chart);
        }
    }

    private void itSeesTheGpuAndTheKubelet(int port) {
        await("the GPU and the kubelet's socket")
                .atMost(LIMIT)
                .untilAsserted(() -> assertThat(series(port))
                        .contains("lastcall_pod_resources_up 1.0", "lastcall_placement_visible 1.0")
                        .anyMatch(line -> line.startsWith("lastcall_gpu_info{") && line.contains(GPU))
                        .anyMatch(line -> line.startsWith("lastcall_mig_info{") && line.contains("3g.20gb"))
                        .anyMatch(line -> line.startsWith("lastcall_notice_source_up{") && line.endsWith(" 1.0")));
    }

    private static MetadataMock interrupted(MetadataMock quiet) throws IOException {
        Instant deadline = Instant.now().plus(NOTICE).truncatedTo(ChronoUnit.SECONDS);
        return quiet.becomes("spot", "--action", "terminate", "--time", deadline.toString());
    }

    /** @return the drain's record on the Node */
    private static JsonNode theNodeIsCordonedAndOrdinaryPodsGo(
            RealNode node, Workloads workloads, List<String> ordinary) {
        await("the real node is cordoned")
                .atMost(LIMIT)
                .until(() -> Boolean.TRUE.equals(node.object().getSpec().getUnschedulable()));
        await("ordinary pods go, the serving one is held")
                .atMost(LIMIT)
                .until(() -> phase(node).equals("draining")
                        && names(workloads, "batch").stream().noneMatch(ordinary::contains));
        return mark(node, DRAIN).orElseThrow();
    }

    /** @return the drain's record on the Node, after it */
    private JsonNode anotherAgentEndsTheDrain(
            RealNode node,
            InstalledChart chart,
            String id,
            Pod first,
            CompletableFuture<HttpResponse<String>> request,
            int port)
            throws Exception {
        // Without any grace to speak of: with the chart's, the old pod would end the drain before it goes.
        node.client().pods().resource(first).withGracePeriod(1).delete();

        readyPod(chart, uid(first));
        assertThat(series(port))
                .as("the notice is the one the first life has counted")
                .filteredOn(line -> line.startsWith("lastcall_notices_total{") && line.contains("kind=\"spot\""))
                .allMatch(line -> line.endsWith(" 0.0"));
        HttpResponse<String> answer = request.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        assertThat(answer.body()).as("the request in flight ended well").contains("\"finish_reason\":\"length\"");
        JsonNode report = await("the report")
                .atMost(LIMIT)
                .until(() -> mark(node, REPORT), Optional::isPresent)
                .orElseThrow();
        assertThat(report.path("id").asText()).as(report.toString()).isEqualTo(id);
        assertThat(report.path("outcome").asText()).as(report.toString()).isEqualTo("done");
        assertThat(report.at("/requests/atNotice").asInt(-1))
                .as(report.toString())
                .isEqualTo(1);
        assertThat(report.at("/requests/finished").asInt(-1))
                .as(report.toString())
                .isEqualTo(1);
        assertThat(report.at("/requests/lost").asInt(-1)).as(report.toString()).isZero();
        assertThat(report.at("/pods/forced").asInt(-1)).as(report.toString()).isZero();
        await("the drain is done").atMost(LIMIT).until(() -> phase(node).equals("done"));
        JsonNode drain = mark(node, DRAIN).orElseThrow();
        assertThat(drain.path("id").asText()).isEqualTo(id);
        assertThat(node.object().getSpec().getTaints())
                .anyMatch(taint -> taint.getKey().equals("lastcall.dev/interruption"));
        return drain;
    }

    private void anUpgradeLeavesTheDrainAlone(RealNode node, InstalledChart chart, String values, JsonNode drain) {
        String before = uid(readyPod(chart, ""));
        chart.upgrade(
                "-f",
                values,
                "--set-string",
                "config.lastcall\\.gpu\\.scan-interval=2s",
                "--wait",
                "--timeout",
                "150s");
        Pod after = readyPod(chart, before);
        assertThat(after.getSpec().getContainers().getFirst().getEnv())
                .anyMatch(env -> env.getName().equals("LASTCALL_GPU_SCAN_INTERVAL")
                        && env.getValue().equals("2s"));
        assertThat(mark(node, DRAIN)).contains(drain);
    }

    private static void nothingIsLeftOfIt(RealNode node, InstalledChart chart) {
        assertThat(chart.objects().stream().map(object -> object.substring(0, object.indexOf(' '))))
                .contains(
                        "DaemonSet",
                        "Pod",
                        "Service",
                        "ServiceAccount",
                        "ClusterRole",
                        "ClusterRoleBinding",
                        "ValidatingAdmissionPolicy",
                        "ValidatingAdmissionPolicyBinding");
        chart.uninstall();
        await("all that carried the release's label is gone")
                .atMost(LIMIT)
                .untilAsserted(() -> assertThat(chart.objects()).isEmpty());
        assertThat(chart.releaseRecords()).isEmpty();
        assertThat(node.object().getMetadata().getAnnotations().keySet())
                .filteredOn(key -> key.startsWith("lastcall.dev/"))
                .as("what the chart's README says")
                .contains(DRAIN, REPORT)
                .isSubsetOf(DRAIN, REPORT, "lastcall.dev/at-risk");
    }

    /** As a user would write it for this node. */
    private Path values(RealNode node, int port, String metadata) throws Exception {
        Path library = Files.createDirectories(node.directory().resolve("nvml"));
        NvmlSim.in(library, """
                {"gpus": [{"geometry": "a100-40", "uuid": "%s", "mig": true, "instances": [
                  {"profile": "3g.20gb", "start": 4, "gi": 1, "uuid": "MIG-a0000000-0000-0000-0000-000000000001"}]}]}
                """.formatted(GPU));
        int colon = image.name().lastIndexOf(':');
        return Files.writeString(folder.resolve("values.yaml"), """
                image: {repository: "%s", tag: "%s", pullPolicy: Never}
                http: {port: %d}
                podResources: {enabled: true}
                placements: {enabled: true}
                config:
                  lastcall.gpu.library: /opt/nvml/libnvidia-ml.so.1
                  lastcall.gpu.scan-interval: 1s
                  lastcall.notice.provider: aws
                  lastcall.notice.aws.endpoint: "%s"
                extraVolumes:
                  - {name: nvml, hostPath: {path: "%s", type: Directory}}
                extraVolumeMounts:
                  - {name: nvml, mountPath: /opt/nvml, readOnly: true}
                """.formatted(
                        image.name().substring(0, colon), image.name().substring(colon + 1), port, metadata, library));
    }

    private CompletableFuture<HttpResponse<String>> ask(String engine) {
        return http.sendAsync(
                HttpRequest.newBuilder(URI.create(engine + "/v1/completions"))
                        .POST(HttpRequest.BodyPublishers.ofString("{\"max_tokens\": " + TOKENS + "}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** The agent's own series. */
    private List<String> series(int port) throws IOException, InterruptedException {
        return lines("http://127.0.0.1:" + port + "/metrics").stream()
                .filter(line -> line.startsWith("lastcall_"))
                .toList();
    }

    private List<String> lines(String url) throws IOException, InterruptedException {
        HttpRequest get = HttpRequest.newBuilder(URI.create(url))
                .timeout(Duration.ofSeconds(20))
                .build();
        return http.send(get, HttpResponse.BodyHandlers.ofString())
                .body()
                .lines()
                .toList();
    }

    /** The DaemonSet's pod, once it is Ready and another than that one. */
    private static Pod readyPod(InstalledChart chart, String otherThan) {
        return await("a ready pod of the DaemonSet")
                .atMost(LIMIT)
                .until(
                        () -> chart.podOn(NODE).filter(HelmInstallIT::ready).filter(pod -> !uid(pod).equals(otherThan)),
                        Optional::isPresent)
                .orElseThrow();
    }

    private static boolean ready(Pod pod) {
        return pod.getMetadata().getDeletionTimestamp() == null
                && pod.getStatus().getConditions().stream()
                        .anyMatch(c ->
                                c.getType().equals("Ready") && c.getStatus().equals("True"));
    }

    private static String uid(Pod pod) {
        return pod.getMetadata().getUid();
    }

    private static String name(Pod pod) {
        return pod.getMetadata().getName();
    }

    private static List<String> names(Workloads workloads, String app) {
        return workloads.pods(app).stream().map(HelmInstallIT::name).toList();
    }

    private static String phase(RealNode node) {
        return mark(node, DRAIN).map(drain -> drain.path("phase").asText()).orElse("");
    }

    private static Optional<JsonNode> mark(RealNode node, String key) {
        return Optional.ofNullable(node.object().getMetadata().getAnnotations().get(key))
                .map(text -> {
                    try {
                        return JSON.readTree(text);
                    } catch (IOException e) {
                        throw new IllegalStateException(key + " is no JSON: " + text, e);
                    }
                });
    }

    /** For a failed claim: every pod's state, the agent's words, the node's programs. */
    private static String whatHappened(RealNode node) {
        StringBuilder text = new StringBuilder();
        for (Pod pod : node.client().pods().inAnyNamespace().list().getItems()) {
            text.append(name(pod)).append(": ").append(pod.getStatus()).append('\n');
            try {
                text.append(node.podLog(pod.getMetadata().getNamespace(), name(pod), "agent"));
            } catch (IOException | RuntimeException e) {
                text.append(e).append('\n');
            }
        }
        Objects.requireNonNull(node.object())
                .getMetadata()
                .getAnnotations()
                .forEach((key, value) ->
                        text.append(key).append(" = ").append(value).append('\n'));
        return text.append(node.logTails()).toString();
    }

    private static void need(boolean there, String otherwise) {
        if (!there) {
            System.out.println(otherwise);
        }
        assumeTrue(there, otherwise);
    }
}
