package dev.lastcall.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.config.ConfigKey;
import dev.lastcall.config.ConfigKeys;
import dev.lastcall.grafana.Dashboards;
import dev.lastcall.support.chart.Chart;
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
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What Helm makes of the chart. {@code -Dgolden.update=true} rewrites the golden renders.
 *
 * <p>A little over 300 lines: one render a value, in the order of the chart's values.
 */
class ChartRenderTest {

    private static final Path GOLDEN = Path.of("src/test/resources/chart");

    @BeforeAll
    static void helm() {
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
    }

    @Test
    void helm_lint_has_nothing_to_say_not_even_for_the_examples() {
        for (List<String> arguments : Chart.variants().values()) {
            List<String> command =
                    new ArrayList<>(List.of("lint", "--strict", Chart.DIRECTORY.toString(), "--set", Chart.IMAGE));
            command.addAll(arguments);
            ToolRun lint = Chart.helm(command.toArray(String[]::new));
            assertThat(lint.code()).as(lint.all()).isZero();
            assertThat(lint.out()).doesNotContain("[WARNING]", "[ERROR]");
            assertThat(lint.err()).isEmpty();
        }
    }

    static List<String> goldens() {
        return Chart.variants().keySet().stream()
                .filter(name -> !name.equals("everything"))
                .toList();
    }

    /** A change of the templates shows itself in full before it reaches a cluster. */
    @ParameterizedTest
    @MethodSource("goldens")
    void a_render_is_the_golden_one_and_helm_says_nothing_beside_it(String name) throws IOException {
        ToolRun run = Chart.template(Chart.variant(name));
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

    @Test
    void by_default_the_agent_is_nobody_and_may_do_nothing_on_the_node() {
        JsonNode pod = podSpec();
        assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
        assertThat(pod.at("/securityContext/runAsUser").asInt()).isEqualTo(65532);
        assertThat(pod.at("/securityContext/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
        JsonNode container = pod.at("/containers/0/securityContext");
        assertThat(container.path("allowPrivilegeEscalation").asBoolean(true)).isFalse();
        assertThat(container.path("readOnlyRootFilesystem").asBoolean()).isTrue();
        assertThat(container.at("/capabilities/drop/0").asText()).isEqualTo("ALL");
        assertThat(container.at("/capabilities").has("add")).isFalse();
        assertThat(pod.findValues("hostPath")).isEmpty();
        assertThat(pod.has("hostPID")).isFalse();
    }

    /** Kubelet's directory is 0750 and its socket 0755, both root's: another uid can't connect, whatever its groups. */
    @Test
    void who_reads_kubelets_socket_is_root_without_any_capability() {
        JsonNode pod = podSpec("--set", "gpuAllocation.enabled=true");
        assertThat(pod.at("/securityContext/runAsUser").asInt(-1)).isZero();
        assertThat(pod.at("/containers/0/securityContext/capabilities").has("add"))
                .isFalse();
        assertThat(pod.at("/containers/0/securityContext/allowPrivilegeEscalation")
                        .asBoolean(true))
                .isFalse();
        JsonNode mount = StreamSupport.stream(
                        pod.at("/containers/0/volumeMounts").spliterator(), false)
                .filter(each -> each.path("name").asText().equals("pod-resources"))
                .findFirst()
                .orElseThrow();
        assertThat(mount.path("readOnly").asBoolean()).isTrue();
        assertThat(mount.path("mountPath").asText()).isEqualTo("/var/lib/kubelet/pod-resources");
    }

    /** Whoever upgrades with an old values file gets the DaemonSet that he had, and a line about what to change. */
    @Test
    void values_by_their_old_names_render_the_same_objects() {
        String[] old = {
            "podResources.enabled=true",
            "podResources.path=/data/pod-resources",
            "placements.enabled=true",
            "priorityQuota.enabled=true",
            "priorityQuota.pods=7",
            "annotations.owner=platform"
        };
        String[] now = {
            "gpuAllocation.enabled=true",
            "gpuAllocation.path=/data/pod-resources",
            "migPositions.enabled=true",
            "priorityClassQuota.enabled=true",
            "priorityClassQuota.pods=7",
            "daemonSetAnnotations.owner=platform"
        };
        String renamed = Chart.template("--set", String.join(",", now)).out();
        assertThat(renamed).contains("/data/pod-resources", "SYS_ADMIN", "pods: \"7\"", "owner: platform");
        assertThat(Chart.template("--set", String.join(",", old)).out()).isEqualTo(renamed);
    }

    /** {@code helm upgrade --reuse-values} hands over the old chart's defaults and none of the new ones. */
    @Test
    void the_defaults_of_the_old_chart_switch_nothing_off() {
        String old =
                "podResources.enabled=false,podResources.path=/var/lib/kubelet/pod-resources,placements.enabled=false,"
                        + "priorityQuota.enabled=false,priorityQuota.pods=10000";
        String none = "gpuAllocation=null,migPositions=null,priorityClassQuota=null,daemonSetAnnotations=null";
        assertThat(Chart.template("--set", old + "," + none).out())
                .isEqualTo(Chart.template().out());
        String named = "migPositions.enabled=true,gpuAllocation.enabled=true";
        assertThat(Chart.template("--set", old + "," + named + ",gpuAllocation.path=null")
                        .out())
                .isEqualTo(Chart.template("--set", named).out());
    }

    @Test
    void positions_add_sys_admin_and_nothing_else() {
        JsonNode pod = podSpec("--set", "migPositions.enabled=true");
        assertThat(pod.at("/containers/0/securityContext/capabilities/add"))
                .hasSize(1)
                .first()
                .extracting(JsonNode::asText)
                .isEqualTo("SYS_ADMIN");
        assertThat(pod.at("/containers/0/securityContext").has("privileged")).isFalse();
        assertThat(environment(pod)).containsEntry("NVIDIA_MIG_MONITOR_DEVICES", "all");
    }

    @Test
    void without_gpus_nothing_of_nvidia_is_asked_for() {
        JsonNode pod = podSpec("--set", "gpu.enabled=false");
        assertThat(environment(pod))
                .containsEntry("NVIDIA_VISIBLE_DEVICES", "void")
                .doesNotContainKey("NVIDIA_DRIVER_CAPABILITIES");
        assertThat(pod.path("affinity").toString()).doesNotContain("nvidia");
    }

    @Test
    void gpu_tiers_without_gpus_are_a_mistake_that_is_named() {
        ToolRun run = Chart.template("--set", "gpu.enabled=false", "--set", "migPositions.enabled=true");
        assertThat(run.code()).isNotZero();
        assertThat(run.err()).contains("gpu.enabled is false", "migPositions.enabled");
    }

    /** The longest notice that is drained in one go is Azure's Terminate, 15 minutes: kubelet must not cut it short. */
    @Test
    void kubelet_leaves_a_drain_the_time_of_the_longest_notice() {
        assertThat(podSpec().path("terminationGracePeriodSeconds").asInt()).isGreaterThan(15 * 60);
    }

    @Test
    void every_setting_reaches_the_agent_under_the_name_it_looks_for() throws IOException {
        Map<String, String> settings = ConfigKeys.all().stream()
                .filter(key -> !ChartValuesTest.SET_BY_THE_CHART.contains(key.name()))
                .filter(key -> !key.defaultValue().isEmpty())
                .collect(Collectors.toMap(ConfigKey::name, ConfigKey::defaultValue));
        Path values = Files.createTempFile(Path.of("target"), "values", ".yaml");
        Files.writeString(
                values,
                settings.entrySet().stream()
                        .map(entry -> "  %s: \"%s\"".formatted(entry.getKey(), entry.getValue()))
                        .collect(Collectors.joining("\n", "config:\n", "\n")));

        Map<String, String> environment = environment(podSpec("-f", values.toString()));

        Files.delete(values);
        settings.forEach((key, value) -> assertThat(environment).containsEntry(ConfigKey.envName(key), value));
    }

    @Test
    void numbers_and_booleans_arrive_as_they_were_written() {
        Map<String, String> environment = environment(
                podSpec("--set-json", "config={\"lastcall.drain.max-concurrency\":200,\"lastcall.dry-run\":true}"));
        assertThat(environment)
                .containsEntry("LASTCALL_DRAIN_MAX_CONCURRENCY", "200")
                .containsEntry("LASTCALL_DRY_RUN", "true");
    }

    /** A pipeline that renders without a cluster would otherwise lose the policy without a word. */
    @Test
    void the_policy_is_there_without_a_cluster_to_ask_and_absent_where_it_can_not_exist() {
        assertThat(kinds()).contains("ValidatingAdmissionPolicy");
        assertThat(kinds("--kube-version", "1.29.0")).doesNotContain("ValidatingAdmissionPolicy");
        String group = "admissionregistration.k8s.io/v1/";
        assertThat(kinds("--api-versions", group + "ValidatingWebhookConfiguration"))
                .doesNotContain("ValidatingAdmissionPolicy");
        assertThat(kinds(
                        "--api-versions",
                        group + "ValidatingWebhookConfiguration",
                        "--api-versions",
                        group + "ValidatingAdmissionPolicy"))
                .contains("ValidatingAdmissionPolicy");
    }

    @Test
    void rules_and_dashboards_are_those_of_the_repository() throws IOException {
        List<JsonNode> objects = Chart.objects(Chart.variant("everything"));
        JsonNode rules = Chart.parse(Files.readString(Path.of("dashboards/rules/lastcall.rules.yaml")))
                .getFirst();
        assertThat(Chart.one(objects, "PrometheusRule").path("spec")).isEqualTo(rules);
        List<JsonNode> maps = objects.stream()
                .filter(object -> object.path("kind").asText().equals("ConfigMap"))
                .toList();
        assertThat(maps).hasSameSizeAs(Dashboards.NAMES);
        for (JsonNode map : maps) {
            Map.Entry<String, JsonNode> file =
                    map.path("data").properties().iterator().next();
            assertThat(file.getValue().asText())
                    .isEqualTo(Files.readString(Path.of("dashboards", file.getKey()))
                            .strip());
            assertThat(map.at("/metadata/labels/grafana_dashboard").asText()).isEqualTo("1");
        }
    }

    @Test
    void values_move_thresholds_selectors_runbooks_and_leave_alerts_out() {
        List<JsonNode> objects = Chart.objects(
                "--set",
                "monitoring.prometheusRule.enabled=true,monitoring.dashboards.enabled=true",
                "--set",
                "monitoring.prometheusRule.deadlineSeconds=45,monitoring.prometheusRule.xidErrors=9",
                "--set-json",
                "monitoring.prometheusRule.strandedRatio=0.5",
                "--set-json",
                "monitoring.prometheusRule.idleRatio=0.05",
                "--set-json",
                "monitoring.prometheusRule.disabled=[\"LastcallScaleUp\"]",
                "--set",
                "monitoring.prometheusRule.selector=cluster=\"a\"",
                "--set",
                "monitoring.runbookUrl=https://wiki.example.com/lastcall");
        JsonNode rule = Chart.one(objects, "PrometheusRule");
        String expressions = String.join("\n", rule.findValuesAsText("expr"));
        assertThat(expressions)
                .contains("- time() < 45)", "stranded:ratio >= 0.5", ">= 9", "< 0.05)")
                .contains("lastcall_placement_visible{cluster=\"a\"} == 0")
                .contains("lastcall_notice_active{cluster=\"a\",kind!~")
                .contains("last_over_time(lastcall_drain_pods_pending{cluster=\"a\"}[1d])")
                .doesNotContain("cluster=\"a\",cluster=\"a\"")
                .doesNotContainPattern("\\blastcall_[a-z0-9_]+(?![a-z0-9_{])");
        assertThat(rule.findValuesAsText("alert"))
                .doesNotContain("LastcallScaleUp")
                .hasSizeGreaterThan(20);
        assertThat(rule.findValuesAsText("runbook_url"))
                .isNotEmpty()
                .allSatisfy(url -> assertThat(url).startsWith("https://wiki.example.com/lastcall#lastcall"));
        assertThat(objects.stream()
                        .filter(object -> object.path("kind").asText().equals("ConfigMap"))
                        .map(JsonNode::toString))
                .hasSameSizeAs(Dashboards.NAMES)
                .allSatisfy(map -> assertThat(map).contains("https://wiki.example.com/lastcall"));
    }

    @Test
    void values_name_the_pools_the_other_selector_and_the_changes_of_an_alert() {
        JsonNode rule = Chart.one(
                Chart.objects(
                        "--set",
                        "monitoring.prometheusRule.enabled=true",
                        "--set",
                        "monitoring.prometheusRule.nodePoolLabel=example.com/gpuPool",
                        "--set",
                        "monitoring.prometheusRule.kubeStateMetricsSelector=job=\"ksm\"",
                        "--set-json",
                        "monitoring.prometheusRule.overrides={\"LastcallAgentDown\":{\"for\":\"17m\",\"severity\":\"page\"}}"),
                "PrometheusRule");
        assertThat(String.join("\n", rule.findValuesAsText("expr")))
                .contains("kube_node_labels{job=\"ksm\",label_example_com_gpu_pool!=\"\"}")
                .contains("kube_pod_nodeselectors{job=\"ksm\",nodeselector_example_com_gpu_pool!=\"\"}")
                .contains("(kube_pod_status_unschedulable{job=\"ksm\"})")
                .contains("max by (cluster, namespace, replicaset) (kube_replicaset_spec_replicas{job=\"ksm\"})")
                .doesNotContain("karpenter")
                .doesNotContainPattern("\\bkube_[a-z0-9_]+(?![a-z0-9_{])")
                .doesNotContain("lastcall_doomed_gpus{");
        JsonNode down = StreamSupport.stream(rule.at("/spec/groups").spliterator(), false)
                .flatMap(group -> StreamSupport.stream(group.path("rules").spliterator(), false))
                .filter(each -> each.path("alert").asText().equals("LastcallAgentDown"))
                .findFirst()
                .orElseThrow();
        assertThat(down.path("for").asText()).isEqualTo("17m");
        assertThat(down.at("/labels/severity").asText()).isEqualTo("page");
    }

    private static List<String> kinds(String... arguments) {
        return Chart.objects(arguments).stream()
                .map(object -> object.path("kind").asText())
                .toList();
    }

    private static JsonNode podSpec(String... arguments) {
        return Chart.one(Chart.objects(arguments), "DaemonSet").at("/spec/template/spec");
    }

    private static Map<String, String> environment(JsonNode pod) {
        return StreamSupport.stream(pod.at("/containers/0/env").spliterator(), false)
                .collect(Collectors.toMap(
                        entry -> entry.path("name").asText(),
                        entry -> entry.path("value").asText()));
    }
}
