package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.kubelet.PodResourcesServer;
import dev.lastcall.support.metadata.FakeImds;
import dev.lastcall.support.metadata.FakeMetadata;
import dev.lastcall.support.metadata.Reaction;
import dev.lastcall.support.nvml.NvmlSim;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged program's {@code doctor} on a real API server with the chart's own role: all ok where all is well, and for each
 * thing that is taken away the row that names it and what to do.
 *
 * <p>Over 300 lines: every row of the command is taken away once, all on one installed role.
 */
class DoctorIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LIMIT = Duration.ofSeconds(120);

    @TempDir
    static Path folder;

    private static Scenario node;
    private static PodResourcesServer kubelet;
    private static String library;
    private static Path allowed;
    private static Path stranger;

    /** One answer of the command. */
    private record Answer(int code, Map<String, JsonNode> rows, List<String> lines) {

        List<String> problems() {
            return rows.values().stream()
                    .filter(row -> row.path("status").asText().equals("problem"))
                    .map(row -> row.path("check").asText())
                    .toList();
        }

        String detail(String check) {
            return row(check).path("detail").asText();
        }

        String remedy(String check) {
            return row(check).path("remedy").asText();
        }

        JsonNode row(String check) {
            assertThat(rows).containsKey(check);
            return Objects.requireNonNull(rows.get(check));
        }
    }

    @BeforeAll
    static void aNodeWithEverything() throws Exception {
        library = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "a100-40", "uuid": "GPU-parts", "mig": true, "instances": [
                    {"profile": "3g.20gb", "start": 4, "gi": 1, "uuid": "MIG-large"}]}]}
                """).library();
        kubelet = PodResourcesServer.at(folder.resolve("kubelet.sock"));
        kubelet.give("chat", "llm-0", "vllm", "nvidia.com/mig-3g.20gb", "MIG-large");
        node = new Scenario(ControlPlane.shared(), "doctor");
        node.patchNode(node.kubelet().nodeName(), """
                {"metadata": {"labels": {"nvidia.com/gpu.present": "true"}}}
                """);
        node.workloads().serving("llm", 2, RotationRule.LABEL, 30, "vllm", "serve", "tiny");
        node.workloads().budget("llm", 1);
        allowed = account("allowed");
        stranger = account("stranger");
        bindTheChartsRoleTo("allowed");
        await("engines serve and are counted")
                .atMost(LIMIT)
                .until(() -> node.client()
                                .policy()
                                .v1()
                                .podDisruptionBudget()
                                .inNamespace(node.namespace())
                                .withName("llm")
                                .get()
                                .getStatus()
                                .getCurrentHealthy()
                        == 2);
    }

    private static Path account(String name) {
        node.client()
                .serviceAccounts()
                .inNamespace(node.namespace())
                .resource(new ServiceAccountBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .build())
                .create();
        return node.plane().kubeconfigWith("doctor-" + name, node.plane().tokenFor(node.namespace(), name));
    }

    private static void bindTheChartsRoleTo(String account) throws Exception {
        String name = "doctor-" + node.namespace();
        ClusterRole role = JSON.treeToValue(Chart.one(Chart.objects(), "ClusterRole"), ClusterRole.class);
        role.getMetadata().setName(name);
        node.client().rbac().clusterRoles().resource(role).create();
        node.client()
                .rbac()
                .clusterRoleBindings()
                .resource(new ClusterRoleBindingBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", name)
                        .addNewSubject("", "ServiceAccount", account, node.namespace())
                        .build())
                .create();
    }

    @AfterAll
    static void stop() throws Exception {
        if (kubelet != null) {
            kubelet.close();
        }
        if (node != null) {
            node.close();
        }
    }

    @Test
    void all_is_ok_with_the_charts_role_and_nothing_is_written() throws Exception {
        long before = node.plane().auditLog().mark();
        Answer answer = doctor(allowed, builder -> {});

        assertThat(answer.problems()).as("%s", answer.lines()).isEmpty();
        assertThat(answer.code()).isZero();
        assertThat(answer.rows().values())
                .allMatch(row -> row.path("status").asText().equals("ok"))
                .allMatch(row -> List.copyOf(names(row)).equals(List.of("check", "status", "detail", "remedy")));
        assertThat(answer.detail("nvml")).contains("driver 570.133.20", "1 GPUs");
        assertThat(answer.detail("gpu-tier")).contains("fragmentation is exact");
        assertThat(answer.detail("metadata aws")).contains("IMDSv2", "no notice");
        assertThat(answer.detail("kubelet-socket")).contains("1 GPU devices are held");
        assertThat(answer.detail("right pods/eviction")).isEqualTo("create");
        assertThat(answer.rows().keySet()).contains("api-server", "own-node", "watch nodes", "watch pods");
        assertThat(answer.rows().keySet().stream().filter(check -> check.startsWith("engine ")))
                .hasSize(2);
        assertThat(answer.rows().keySet().stream().filter(check -> check.startsWith("budget ")))
                .hasSize(2);
        System.out.println(doctorText());
        List<String> writes = node
                .plane()
                .auditLog()
                .requestsOf("system:serviceaccount:" + node.namespace() + ":allowed", before)
                .stream()
                .filter(event -> !List.of("get", "list", "watch").contains(event.verb()))
                .map(event -> event.verb() + " " + event.resource())
                .distinct()
                .toList();
        assertThat(writes).containsExactly("create selfsubjectaccessreviews");
    }

    @Test
    void without_a_role_each_right_the_node_and_the_watches_say_what_to_bind() throws Exception {
        Answer answer = doctor(stranger, builder -> {});

        assertThat(answer.code()).isEqualTo(1);
        assertThat(answer.problems())
                .contains("right nodes", "right pods", "right pods/eviction", "right events", "own-node")
                .contains("watch nodes", "watch pods");
        assertThat(answer.row("api-server").path("status").asText()).isEqualTo("ok");
        assertThat(answer.detail("right nodes")).contains("get, list, watch, patch", "not cordoned");
        assertThat(answer.remedy("right nodes")).contains("rbac.create=true");
        assertThat(answer.detail("own-node")).contains("HTTP 403", "cannot get resource \"nodes\"");
    }

    @Test
    void a_node_name_that_is_no_node_says_where_the_name_comes_from() throws Exception {
        Answer answer = doctor(allowed, builder -> builder.config("lastcall.node-name", "gpu-elsewhere"));

        assertThat(answer.problems()).contains("own-node");
        assertThat(answer.detail("own-node")).isEqualTo("there is no Node called gpu-elsewhere");
        assertThat(answer.remedy("own-node")).contains("spec.nodeName", "lastcall.node-name");
    }

    @Test
    void a_missing_library_on_a_node_with_gpus_says_which_value_of_the_chart_decides() throws Exception {
        Answer answer = doctor(allowed, builder -> builder.config("lastcall.gpu.library", "libnvidia-ml-absent.so.1"));

        assertThat(answer.problems()).containsExactly("nvml");
        assertThat(answer.detail("nvml")).contains("libnvidia-ml-absent.so.1 was not found", "has GPUs");
        assertThat(answer.remedy("nvml")).contains("gpu.access", "runtimeClass", "volumeMounts", "gke");
    }

    @Test
    void a_token_that_never_comes_back_is_the_hop_limit() throws Exception {
        try (FakeMetadata imds = new FakeMetadata()) {
            imds.always(FakeImds.TOKEN, new Reaction.Hang());
            Answer answer = doctor(allowed, builder -> builder.config("lastcall.notice.aws.endpoint", imds.url()));

            assertThat(answer.problems()).containsExactly("metadata aws");
            assertThat(answer.detail("metadata aws")).contains("timeout", "token request");
            assertThat(answer.remedy("metadata aws")).contains("hop limit is 1", "hostNetwork: true");
        }
    }

    @Test
    void a_missing_socket_of_kubelet_says_which_value_holds_its_path() throws Exception {
        Answer answer = doctor(
                allowed,
                builder -> builder.config(
                        "lastcall.pod-resources.socket",
                        folder.resolve("absent.sock").toString()));

        assertThat(answer.problems()).containsExactly("kubelet-socket");
        assertThat(answer.detail("kubelet-socket")).contains("absent.sock does not exist", "which pod holds which GPU");
        assertThat(answer.remedy("kubelet-socket")).contains("gpuAllocation.path");
    }

    @Test
    void an_engine_whose_metrics_are_elsewhere_says_where_it_was_looked_for() throws Exception {
        try (Scenario other = new Scenario(ControlPlane.shared(), "doctor-deaf")) {
            other.workloads().serving("deaf", 1, RotationRule.LABEL, 30, "vllm", "serve", "tiny");
            await("the engine serves")
                    .atMost(LIMIT)
                    .until(() -> other.workloads().pods("deaf").stream()
                            .anyMatch(pod -> pod.getStatus().getConditions().stream()
                                    .anyMatch(each -> each.getType().equals("Ready")
                                            && each.getStatus().equals("True"))));
            String pod = other.workloads().pods("deaf").getFirst().getMetadata().getName();
            other.client()
                    .pods()
                    .inNamespace(other.namespace())
                    .withName(pod)
                    .patch(PatchContext.of(PatchType.STRATEGIC_MERGE), """
                            {"metadata": {"annotations": {"lastcall.dev/metrics-path": "/elsewhere"}}}
                            """);
            other.workloads().budget("deaf", 0);
            Answer answer = doctor(
                    other.plane().kubeconfigFor(ControlPlane.AGENT),
                    builder -> builder.config(
                                    "lastcall.node-name", other.kubelet().nodeName())
                            .config("lastcall.notice.provider", "none"));

            String engine = "engine " + other.namespace() + "/" + pod;
            String budget = "budget " + other.namespace() + "/" + pod;
            assertThat(answer.problems()).containsExactly(engine, budget);
            assertThat(answer.detail(engine)).contains("/elsewhere: HTTP 404");
            assertThat(answer.remedy(engine)).contains("lastcall.dev/port", "lastcall.dev/metrics-path");
            assertThat(answer.detail(budget)).contains("never lets one go");
            assertThat(answer.remedy(budget)).contains("maxUnavailable: 1");
        }
    }

    @Test
    void a_server_that_is_not_there_is_the_one_problem() throws Exception {
        Path nowhere = Files.writeString(
                folder.resolve("nowhere.kubeconfig"),
                Files.readString(allowed).replaceAll("https://127.0.0.1:\\d+", "https://127.0.0.1:1"));
        Answer answer = doctor(nowhere, builder -> builder.config("lastcall.notice.provider", "none"));

        assertThat(answer.code()).isEqualTo(1);
        assertThat(answer.problems()).containsExactly("api-server");
        assertThat(answer.detail("api-server")).contains("https://127.0.0.1:1: refused");
        assertThat(answer.remedy("api-server")).contains("KUBECONFIG");
    }

    @Test
    void a_wrong_setting_ends_as_the_agent_would_and_asks_nobody() throws Exception {
        try (AgentProcess process = builder(allowed)
                .config("lastcall.drain.force", "perhaps")
                .arguments("doctor")
                .launch()) {
            assertThat(process.awaitExit(LIMIT)).isEqualTo(78);
            assertThat(process.lines())
                    .singleElement()
                    .asString()
                    .startsWith("lastcall: LASTCALL_DRAIN_FORCE: 'perhaps'");
        }
    }

    private static Answer doctor(Path kubeconfig, Consumer<AgentProcess.Builder> more) throws Exception {
        AgentProcess.Builder builder = builder(kubeconfig).arguments("doctor", "--output", "json");
        more.accept(builder);
        try (AgentProcess process = builder.launch()) {
            int code = process.awaitExit(LIMIT);
            JsonNode rows = JSON.readTree(String.join("\n", process.lines()));
            List<JsonNode> all = new ArrayList<>();
            rows.forEach(all::add);
            assertThat(all).as("%s", process.lines()).isNotEmpty();
            return new Answer(
                    code,
                    all.stream()
                            .collect(Collectors.toMap(
                                    row -> row.path("check").asText(),
                                    row -> row,
                                    (first, second) -> {
                                        throw new AssertionError("two rows of one name: " + first);
                                    },
                                    LinkedHashMap::new)),
                    process.lines());
        }
    }

    private static String doctorText() throws Exception {
        try (AgentProcess process = builder(allowed).arguments("doctor").launch()) {
            assertThat(process.awaitExit(LIMIT)).isZero();
            assertThat(process.lines().getLast()).matches("\\d+ checks: \\d+ ok, 0 problems, 0 unknown");
            return String.join("\n", process.lines());
        }
    }

    private static AgentProcess.Builder builder(Path kubeconfig) {
        return node.agentBuilder(kubeconfig)
                // Else the JVM warns of Netty on stderr.
                .javaOptions("-Xmx256m", "-XX:+UseSerialGC", "--sun-misc-unsafe-memory-access=allow")
                .config("lastcall.gpu.library", library)
                .config(
                        "lastcall.pod-resources.socket",
                        folder.resolve("kubelet.sock").toString());
    }

    private static List<String> names(JsonNode row) {
        List<String> names = new ArrayList<>();
        row.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
