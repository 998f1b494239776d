package dev.lastcall.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.ServingChart;
import dev.lastcall.support.chart.ToolRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What Helm makes of the serving chart. {@code -Dgolden.update=true} rewrites the golden renders.
 *
 * <p>A little over 300 lines: one render a value, in the order of the chart's values.
 */
class ServingRenderTest {

    private static final Path GOLDEN = Path.of("src/test/resources/serving");

    @BeforeAll
    static void helm() {
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
    }

    @Test
    void helm_lint_has_nothing_to_say_about_any_example() {
        for (List<String> arguments : ServingChart.variants().values()) {
            List<String> command = new ArrayList<>(
                    List.of("lint", "--strict", "--kube-version", "1.34.3", ServingChart.DIRECTORY.toString()));
            command.addAll(arguments);
            ToolRun lint = Chart.helm(command.toArray(String[]::new));
            assertThat(lint.code()).as(lint.all()).isZero();
            assertThat(lint.out()).doesNotContain("[WARNING]", "[ERROR]");
            assertThat(lint.err()).isEmpty();
        }
    }

    static List<String> goldens() {
        return ServingChart.variants().keySet().stream()
                .filter(name -> !name.equals("everything"))
                .toList();
    }

    /** A change of the templates shows itself in full before it reaches a cluster. */
    @ParameterizedTest
    @MethodSource("goldens")
    void a_render_is_the_golden_one_and_helm_says_nothing_beside_it(String name) throws IOException {
        ToolRun run = ServingChart.template(ServingChart.variant(name));
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        Path golden = GOLDEN.resolve(name + ".yaml");
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(golden, run.out());
        }
        assertThat(run.out())
                .as(golden + " (rewrite it with -Dgolden.update=true)")
                .isEqualTo(Files.readString(golden));
    }

    @ParameterizedTest(name = "{0} + {1} -> {2}")
    @CsvSource({"5, 45, 60", "2, 20, 32", "5, 0, 15", "30, 900, 940"})
    void kubelet_waits_for_the_routers_and_for_the_engine(int preStop, int drain, int grace) {
        JsonNode template = spot("preStopSeconds=" + preStop, "engine.shutdownTimeoutSeconds=" + drain)
                .at("/template");
        assertThat(template.at("/spec/terminationGracePeriodSeconds").asInt()).isEqualTo(grace);
        assertThat(engine(template).at("/lifecycle/preStop/sleep/seconds").asInt())
                .isEqualTo(preStop);
        assertThat(strings(engine(template).path("args"))).contains("--shutdown-timeout=" + drain);
        assertThat(template.at("/metadata/annotations")
                        .path("lastcall.dev/drain-seconds")
                        .asText())
                .isEqualTo(Integer.toString(drain));
    }

    @Test
    void the_service_follows_the_rotation_of_both_pools_and_no_replica_set_does() {
        List<JsonNode> objects = ServingChart.objects(ServingChart.variant("everything"));
        JsonNode selector = ServingChart.one(objects, "Service", "chat").at("/spec/selector");
        JsonNode pool = ServingChart.one(objects, "InferencePool", "chat").at("/spec/selector/matchLabels");
        assertThat(selector.path("lastcall.dev/rotation").asText()).isEqualTo("in");
        assertThat(pool).isEqualTo(selector);
        for (String name : List.of("chat-spot", "chat-ondemand")) {
            JsonNode deployment = ServingChart.one(objects, "Deployment", name);
            assertThat(matches(selector, deployment.at("/spec/template/metadata/labels")))
                    .isTrue();
            assertThat(deployment.at("/spec/selector/matchLabels").has("lastcall.dev/rotation"))
                    .isFalse();
        }
        for (String other : List.of("chat-buffer")) {
            assertThat(matches(
                            selector,
                            ServingChart.one(objects, "Deployment", other).at("/spec/template/metadata/labels")))
                    .isFalse();
        }
        assertThat(matches(
                        selector,
                        ServingChart.one(objects, "ScaledJob", "chat-batch")
                                .at("/spec/jobTargetRef/template/metadata/labels")))
                .isFalse();
    }

    @Test
    void the_budget_counts_both_pools_in_whole_pods_and_lets_unhealthy_ones_go() {
        JsonNode budget = ServingChart.one(ServingChart.least(), "PodDisruptionBudget", "chat")
                .path("spec");
        assertThat(budget.path("minAvailable").isInt()).isTrue();
        assertThat(budget.has("maxUnavailable")).isFalse();
        assertThat(budget.path("unhealthyPodEvictionPolicy").asText()).isEqualTo("AlwaysAllow");
        assertThat(budget.at("/selector/matchLabels").has("serving.lastcall.dev/pool"))
                .isFalse();
    }

    @Test
    void the_startup_probe_leaves_one_and_a_half_cold_starts() {
        JsonNode probe = engine(spot("coldStartSeconds=240").path("template")).path("startupProbe");
        assertThat(probe.path("periodSeconds").asInt()
                        * probe.path("failureThreshold").asInt())
                .isEqualTo(360);
        assertThat(spot("coldStartSeconds=240").path("progressDeadlineSeconds").asInt())
                .isGreaterThan(3 * 240);
    }

    @Test
    void the_engine_is_nobody_in_particular_and_writes_nowhere_else() {
        JsonNode pod = spot().at("/template/spec");
        assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
        assertThat(pod.at("/securityContext/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
        assertThat(pod.path("automountServiceAccountToken").asBoolean(true)).isFalse();
        assertThat(pod.path("enableServiceLinks").asBoolean(true)).isFalse();
        for (JsonNode container : pod.path("containers")) {
            assertThat(container.at("/securityContext/readOnlyRootFilesystem").asBoolean())
                    .isTrue();
            assertThat(container.at("/securityContext/allowPrivilegeEscalation").asBoolean(true))
                    .isFalse();
            assertThat(container.at("/securityContext/capabilities/drop/0").asText())
                    .isEqualTo("ALL");
        }
    }

    @Test
    void replicas_are_spread_over_zones_and_machine_types() {
        assertThat(spot().at("/template/spec/topologySpreadConstraints").findValuesAsText("topologyKey"))
                .containsExactly("topology.kubernetes.io/zone", "node.kubernetes.io/instance-type");
    }

    /** A number in the manifest would set the replicas back at each upgrade. */
    @Test
    void who_is_scaled_has_no_replicas_in_its_manifest() {
        assertThat(spot().has("replicas")).isFalse();
        assertThat(spot("autoscaling.enabled=false").path("replicas").asInt()).isEqualTo(1);
        assertThat(ServingChart.one(
                                ServingChart.least("pools.onDemand.fallback=false", "pools.onDemand.base=3"),
                                "Deployment",
                                "chat-ondemand")
                        .at("/spec/replicas")
                        .asInt())
                .isEqualTo(3);
    }

    @Test
    void a_rollout_needs_a_spare_gpu_only_where_there_is_one() {
        assertThat(spot().at("/strategy/rollingUpdate").toString()).isEqualTo("{\"maxSurge\":0,\"maxUnavailable\":1}");
        assertThat(spot("rollout.spareGpu=true").at("/strategy/rollingUpdate").toString())
                .isEqualTo("{\"maxSurge\":1,\"maxUnavailable\":0}");
    }

    @Test
    void what_prefetch_filled_is_read_without_the_network() {
        List<JsonNode> objects = ServingChart.least("model.revision=abc");
        JsonNode pod = ServingChart.one(objects, "Deployment", "chat-spot").at("/spec/template/spec");
        JsonNode job = objects.stream()
                .filter(object -> object.path("kind").asText().equals("Job"))
                .findFirst()
                .orElseThrow();
        String marker = pod.at("/initContainers/0/command/2").asText().replaceAll(".*(\\.complete-\\w+).*", "$1");
        assertThat(job.at("/spec/template/spec/containers/0/command/2").asText())
                .contains(marker);
        assertThat(environment(pod)).containsEntry("HF_HUB_OFFLINE", "1");
        assertThat(environment(spot("cache.mode=none").at("/template/spec"))).doesNotContainKey("HF_HUB_OFFLINE");
    }

    @Test
    void triggers_are_per_replica_and_never_take_nothing_for_zero() {
        List<JsonNode> objects = ServingChart.objects(ServingChart.variant("eks-cluster-autoscaler"));
        for (String name : List.of("chat-spot", "chat-ondemand", "chat-buffer")) {
            JsonNode spec = ServingChart.one(objects, "ScaledObject", name).path("spec");
            for (JsonNode trigger : spec.path("triggers")) {
                assertThat(trigger.path("metricType").asText()).isEqualTo("AverageValue");
                assertThat(trigger.at("/metadata/ignoreNullValues").asText()).isEqualTo("false");
                assertThat(trigger.path("metadata").has("metricName")).isFalse();
            }
        }
        JsonNode spot = ServingChart.one(objects, "ScaledObject", "chat-spot").path("spec");
        assertThat(spot.at("/triggers/0/metadata/threshold").asText()).isEqualTo("96");
        assertThat(spot.at("/fallback/behavior").asText()).isEqualTo("currentReplicasIfHigher");
        assertThat(spot.at("/fallback/replicas")).isEqualTo(spot.path("minReplicaCount"));
        assertThat(spot.at("/advanced/horizontalPodAutoscalerConfig/behavior/scaleUp/tolerance")
                        .asText())
                .isEqualTo("0");
    }

    @Test
    void a_pool_at_zero_is_woken_by_the_queue_and_by_what_workers_hold() {
        JsonNode spec = ServingChart.one(
                        ServingChart.objects(ServingChart.variant("scale-to-zero")), "ScaledObject", "chat-spot")
                .path("spec");
        assertThat(spec.path("minReplicaCount").asInt(-1)).isZero();
        assertThat(StreamSupport.stream(spec.path("triggers").spliterator(), false)
                        .filter(trigger -> trigger.path("type").asText().equals("redis"))
                        .map(trigger -> trigger.at("/metadata/listName").asText()))
                .containsExactly("inference-jobs", "inference-jobs:leases", "inference-jobs:delayed");
        assertThat(spec.at("/triggers/0/metadata/query").asText()).endsWith("or vector(0)");
    }

    @Test
    void the_scaled_job_counts_claimed_jobs_and_forgives_interruptions() {
        JsonNode spec = ServingChart.one(ServingChart.objects(ServingChart.variant("batch")), "ScaledJob", "chat-batch")
                .path("spec");
        assertThat(spec.at("/scalingStrategy").toString()).isEqualTo("{\"multipleScalersCalculation\":\"sum\"}");
        assertThat(spec.at("/rollout/strategy").asText()).isEqualTo("gradual");
        JsonNode job = spec.path("jobTargetRef");
        assertThat(job.at("/template/spec/restartPolicy").asText()).isEqualTo("Never");
        assertThat(job.path("podReplacementPolicy").asText()).isEqualTo("Failed");
        assertThat(job.at("/podFailurePolicy/rules/0").toString()).contains("Ignore", "DisruptionTarget");
        assertThat(environment(job.at("/template/spec")))
                .containsOnlyKeys(
                        "REDIS_URL",
                        "QUEUE_NAME",
                        "ENGINE_URL",
                        "ENGINE_API_KEY",
                        "CONCURRENCY",
                        "LEASE_SECONDS",
                        "DRAIN_SECONDS",
                        "MAX_ATTEMPTS",
                        "CHECKPOINT_TOKENS",
                        "IDLE_SECONDS",
                        "PRIORITY",
                        "HTTP_PORT")
                .containsEntry("ENGINE_URL", "http://chat.llm.svc:8000");
        assertThat(job.at("/template/spec/terminationGracePeriodSeconds").asInt())
                .isGreaterThan(10 + 2);
    }

    @Test
    void batch_requests_go_behind_chat() {
        assertThat(strings(engine(spot().path("template")).path("args"))).contains("--scheduling-policy=fcfs");
        assertThat(strings(engine(ServingChart.one(
                                        ServingChart.objects(ServingChart.variant("batch")), "Deployment", "chat-spot")
                                .at("/spec/template"))
                        .path("args")))
                .contains("--scheduling-policy=priority");
    }

    @Test
    void the_notes_say_in_seconds_what_fits_into_the_notice_of_the_cloud() {
        String notes = notes("aws");
        assertThat(notes)
                .contains("notice of 120 s (aws)", "at the latest 72 s after the notice", "60 s until SIGKILL")
                .contains("notice of 30 s:", "at the latest 15 s after the notice");
        assertThat(notes("gcp")).contains("notice of 30 s (gcp)", "GKE gives pods 15 s");
    }

    private static String notes(String cloud) {
        ToolRun run = Chart.helm(
                "install",
                "chat",
                ServingChart.DIRECTORY.toString(),
                "--dry-run=client",
                "--namespace",
                "llm",
                "--set",
                ServingChart.LEAST + ",cloud=" + cloud);
        assertThat(run.code()).as(run.all()).isZero();
        return run.out();
    }

    private static JsonNode spot(String... settings) {
        return ServingChart.one(ServingChart.least(settings), "Deployment", "chat-spot")
                .path("spec");
    }

    private static JsonNode engine(JsonNode template) {
        return template.at("/spec/containers/0");
    }

    private static boolean matches(JsonNode selector, JsonNode labels) {
        return selector.properties().stream()
                .allMatch(label -> labels.path(label.getKey()).equals(label.getValue()));
    }

    private static List<String> strings(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    private static Map<String, String> environment(JsonNode pod) {
        return StreamSupport.stream(pod.at("/containers/0/env").spliterator(), false)
                .collect(Collectors.toMap(
                        entry -> entry.path("name").asText(),
                        entry -> entry.path("value").asText()));
    }
}
