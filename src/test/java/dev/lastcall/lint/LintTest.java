package dev.lastcall.lint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * From manifests, in all the shapes that tools print, to findings with the lines they stand on.
 *
 * <p>Over 300 lines: half of it is manifests, which belong beside what is found in them.
 */
class LintTest {

    /** A pod template with one finding of every manifest that carries it: its grace period is too short. */
    private static final String TEMPLATE = """
            metadata: {labels: {app: chat, lastcall.dev/rotation: in}}
            spec:
              terminationGracePeriodSeconds: 5
              containers:
              - {name: engine, image: x, command: [vllm, serve, m, --shutdown-timeout=10]}
            """;

    private static final String SERVICE = """
            apiVersion: v1
            kind: Service
            metadata: {name: chat}
            spec: {selector: {app: chat, lastcall.dev/rotation: in}}
            ---
            """;

    @ParameterizedTest
    @CsvSource({
        "Deployment, spec.template",
        "StatefulSet, spec.template",
        "ReplicaSet, spec.template",
        "Rollout, spec.template",
        "Job, spec.template",
        "CronJob, spec.jobTemplate.spec.template",
        "ScaledJob, spec.jobTargetRef.template",
        "LeaderWorkerSet, spec.leaderWorkerTemplate.leaderTemplate",
        "RayCluster, spec.headGroupSpec.template",
        "RayService, spec.rayClusterConfig.headGroupSpec.template"
    })
    void the_template_of_every_kind_is_found(String kind, String path) throws IOException {
        StringBuilder yaml = new StringBuilder("kind: " + kind + "\nmetadata: {name: w}\n");
        String indent = "";
        for (String key : path.split("\\.")) {
            yaml.append(indent).append(key).append(":\n");
            indent += "  ";
            if (key.equals("spec") && indent.length() == 2) {
                yaml.append("  replicas: 2\n");
            }
        }
        yaml.append(TEMPLATE.indent(indent.length()));
        assertThat(LintRun.findings(SERVICE + yaml)).contains("w:grace_too_short");
    }

    @Test
    void a_bare_pod_and_a_daemon_set_are_looked_at_too() throws IOException {
        assertThat(LintRun.findings(SERVICE + "kind: Pod\n" + TEMPLATE.replace("metadata: {", "metadata: {name: p, ")))
                .contains("p:grace_too_short");
        assertThat(LintRun.findings("kind: DaemonSet\nmetadata: {name: d}\nspec:\n  template:\n" + TEMPLATE.indent(4)))
                .containsExactly("d:grace_too_short");
    }

    @Test
    void kserve_carries_a_pod_spec_without_metadata() throws IOException {
        String containers = """
                    terminationGracePeriodSeconds: 5
                    containers:
                    - {name: engine, image: x, command: [vllm, serve, m, --shutdown-timeout=10]}
                """;
        assertThat(LintRun.findings(
                        "kind: InferenceService\nmetadata: {name: i}\nspec:\n  predictor:\n    minReplicas: 2\n"
                                + containers))
                .containsExactly("i:grace_too_short", "i:no_rotation");
        assertThat(LintRun.findings(
                        "kind: LLMInferenceService\nmetadata: {name: l}\nspec:\n  replicas: 2\n  template:\n"
                                + containers))
                .containsExactly("l:grace_too_short", "l:no_rotation");
    }

    @Test
    void a_list_as_kubectl_prints_it_names_each_workload_once() throws IOException {
        String owned = """
                - kind: Pod
                  metadata:
                    name: chat-5d-%s
                    namespace: llm
                    labels: {app: chat, lastcall.dev/engine: vllm, lastcall.dev/rotation: in}
                    ownerReferences: [{kind: ReplicaSet, name: chat-5d, controller: true}]
                  spec:
                    nodeName: n1
                    terminationGracePeriodSeconds: 1
                    containers: [{name: e, image: x, args: [--shutdown-timeout, '10']}]
                  status: {conditions: []}
                """;
        String list = "apiVersion: v1\nkind: List\nitems:\n" + owned.formatted("a") + owned.formatted("b")
                + "- {kind: Service, metadata: {name: chat, namespace: llm}, spec: {selector: {app: chat, lastcall.dev/rotation: in}}}\n";
        LintRun run = LintRun.of(list, "--output", "json");
        assertThat(run.json()).singleElement().satisfies(finding -> {
            assertThat(finding.path("kind").asText()).isEqualTo("ReplicaSet");
            assertThat(finding.path("name").asText()).isEqualTo("chat-5d");
            assertThat(finding.path("namespace").asText()).isEqualTo("llm");
            assertThat(finding.path("finding").asText()).isEqualTo("grace_too_short");
        });
    }

    @Test
    void json_is_read_as_kubectl_and_other_tools_write_it() throws IOException {
        String json =
                "{\n\t\"kind\": \"Deployment\",\n\t\"metadata\": {\"name\": \"j\"},\n\t\"spec\": {\"replicas\": 2,"
                        + " \"template\": {\"metadata\": {\"labels\": {\"lastcall.dev/engine\": \"generic\"}},\n"
                        + "\t\t\"spec\": {\"containers\": []}}}\n}\n";
        assertThat(LintRun.findings(json)).containsExactly("j:no_rotation");
    }

    @Test
    void anchors_merge_keys_and_the_truth_of_yaml_1_1_are_understood() throws IOException {
        String yaml = """
                kind: Service
                metadata: {name: vllm}
                spec: {selector: {app: chat, lastcall.dev/rotation: in}}
                ---
                x: &labels {app: chat, lastcall.dev/rotation: in}
                kind: Deployment
                metadata: {name: m}
                spec:
                  replicas: 2
                  template:
                    metadata: {labels: {<<: *labels, lastcall.dev/engine: vllm}}
                    spec:
                      enableServiceLinks: %s
                      terminationGracePeriodSeconds: 30
                      containers: [{name: e, image: x, args: [--shutdown-timeout=5]}]
                """;
        assertThat(LintRun.findings(yaml.formatted("no"))).isEmpty();
        assertThat(LintRun.findings(yaml.formatted("yes"))).containsExactly("m:service_links");
    }

    @Test
    void the_line_is_that_of_the_part_it_is_about() throws IOException {
        String yaml = SERVICE + """
                kind: Deployment
                metadata: {name: w}
                spec:
                  replicas: 1
                  template:
                """ + TEMPLATE.indent(4);
        JsonNode findings = LintRun.of(yaml, "-o", "json", "--window", "30s").json();
        assertThat(findings.findValuesAsText("finding")).containsExactly("grace_too_short", "single_replica");
        assertThat(findings.findValuesAsText("line")).containsExactly("13", "9");
        assertThat(findings.findValuesAsText("file")).containsExactly("stdin", "stdin");
        assertThat(LintRun.of(yaml, "--window=30s").out())
                .startsWith("stdin:13: Deployment w: grace_too_short: the pod is killed after 5 s")
                .contains("stdin:9: Deployment w: single_replica (30s): ");
    }

    @Test
    void an_autoscaler_says_how_many_replicas_there_are_at_least() throws IOException {
        String deployment = "kind: Deployment\nmetadata: {name: w}\nspec:\n  template:\n"
                + TEMPLATE.replace("Seconds: 5", "Seconds: 30").indent(4);
        String scaler = """
                ---
                kind: ScaledObject
                metadata: {name: s}
                spec: {scaleTargetRef: {name: w}, minReplicaCount: %d}
                """;
        assertThat(LintRun.findings(SERVICE + deployment, "--window", "30s")).containsExactly("w:single_replica@30s");
        assertThat(LintRun.findings(SERVICE + deployment + scaler.formatted(2))).isEmpty();
        assertThat(LintRun.findings(SERVICE + deployment + scaler.formatted(0), "--window", "30s"))
                .containsExactly("w:single_replica@30s");
    }

    @Test
    void budgets_and_services_count_only_in_their_namespace_and_by_their_selector() throws IOException {
        String deployment = "kind: Deployment\nmetadata: {name: w, namespace: llm}\nspec:\n  replicas: 2\n  template:\n"
                + TEMPLATE.replace("Seconds: 5", "Seconds: 30").indent(4);
        String budget = """
                ---
                kind: PodDisruptionBudget
                metadata: {name: b, namespace: %s}
                spec: {maxUnavailable: 0%s}
                """;
        String all = ", selector: {}";
        String mine = ", selector: {matchExpressions: [{key: app, operator: In, values: [chat]}]}";
        String other =
                ", selector: {matchLabels: {app: chat}, matchExpressions: [{key: app, operator: NotIn, values: [chat]}]}";
        assertThat(LintRun.findings(SERVICE + deployment + budget.formatted("llm", mine)))
                .containsExactly("w:budget_blocks");
        assertThat(LintRun.findings(SERVICE + deployment + budget.formatted("llm", all)))
                .containsExactly("w:budget_blocks");
        assertThat(LintRun.findings(SERVICE + deployment + budget.formatted("llm", other)))
                .isEmpty();
        assertThat(LintRun.findings(SERVICE + deployment + budget.formatted("llm", "")))
                .isEmpty();
        assertThat(LintRun.findings(SERVICE + deployment + budget.formatted("web", mine)))
                .isEmpty();
        assertThat(LintRun.findings(SERVICE.replace("name: chat}", "name: chat, namespace: web}") + deployment))
                .containsExactly("w:no_rotation");
    }

    @Test
    void a_finding_is_accepted_with_a_reason_and_disabled_without_one() throws IOException {
        String yaml =
                SERVICE + "kind: Deployment\nmetadata:\n  name: w\n  annotations: {lastcall.dev/lint-accept: '%s'}\n"
                        + "spec:\n  replicas: 2\n  template:\n" + TEMPLATE.indent(4);
        LintRun accepted = LintRun.of(yaml.formatted("grace_too_short=a test, nobody waits"));
        assertThat(accepted.code()).isZero();
        assertThat(accepted.err()).contains("0 findings, 1 accepted in 1 pod template of 2 objects");
        LintRun without = LintRun.of(yaml.formatted("grace_too_short"));
        assertThat(without.code()).isEqualTo(1);
        assertThat(without.err()).contains("stdin:6: 'grace_too_short' in lastcall.dev/lint-accept has no reason");
        assertThat(LintRun.of(yaml.formatted("grace=x")).err())
                .contains("'grace' in lastcall.dev/lint-accept is no finding");
        assertThat(LintRun.of(yaml.formatted("x"), "--disable", "grace_too_short")
                        .code())
                .isZero();
    }

    @Test
    void a_cloud_gives_its_own_window() throws IOException {
        String yaml = SERVICE + "kind: Deployment\nmetadata: {name: w}\nspec:\n  replicas: 1\n  template:\n"
                + TEMPLATE.replace("Seconds: 5", "Seconds: 30").indent(4);
        assertThat(LintRun.findings(yaml, "--cloud", "gcp")).containsExactly("w:single_replica@30s");
        assertThat(LintRun.findings(yaml, "--cloud", "aws")).containsExactly("w:single_replica@120s");
        assertThat(LintRun.findings(yaml, "--cloud=aws", "--window=15s,2m"))
                .containsExactly("w:single_replica@15s", "w:single_replica@120s");
    }

    @Test
    void files_and_directories_are_one_input(@TempDir Path directory) throws IOException {
        Files.writeString(directory.resolve("service.yml"), SERVICE);
        Files.createDirectory(directory.resolve("apps"));
        Files.writeString(
                directory.resolve("apps/chat.yaml"),
                "kind: Deployment\nmetadata: {name: w}\nspec:\n  replicas: 2\n  template:\n" + TEMPLATE.indent(4));
        Files.writeString(directory.resolve("README.md"), "{{ no manifest");
        LintRun run = LintRun.of("", directory.toString());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).startsWith(directory.resolve("apps/chat.yaml") + ":8: Deployment w: grace_too_short");
    }

    @Test
    void sarif_has_the_structure_that_code_scanning_demands() throws IOException {
        String yaml = SERVICE + "kind: Deployment\nmetadata:\n  name: w\n"
                + "  annotations: {lastcall.dev/lint-accept: 'single_replica=a lab'}\n"
                + "spec:\n  replicas: 1\n  template:\n" + TEMPLATE.indent(4);
        LintRun run = LintRun.of(yaml, "-o", "sarif", "--window", "30s");
        JsonNode sarif = run.json();
        assertThat(run.code()).isEqualTo(1);
        assertThat(sarif.path("version").asText()).isEqualTo("2.1.0");
        JsonNode driver = sarif.at("/runs/0/tool/driver");
        assertThat(driver.path("name").asText()).isEqualTo("lastcall-lint");
        List<JsonNode> results =
                List.copyOf(sarif.at("/runs/0/results").valueStream().toList());
        assertThat(results).hasSize(2).allSatisfy(result -> {
            int index = result.path("ruleIndex").asInt(-1);
            assertThat(driver.path("rules").path(index).path("id").asText())
                    .isEqualTo(result.path("ruleId").asText());
            assertThat(result.at("/message/text").asText()).isNotBlank();
            assertThat(result.at("/locations/0/physicalLocation/artifactLocation/uri")
                            .asText())
                    .isEqualTo("stdin");
            assertThat(result.at("/locations/0/physicalLocation/region/startLine")
                            .asInt())
                    .isPositive();
            assertThat(result.path("level").asText()).isIn("none", "note", "warning", "error");
        });
        assertThat(results.getLast().at("/suppressions/0/kind").asText()).isEqualTo("inSource");
        assertThat(results.getLast().at("/suppressions/0/justification").asText())
                .isEqualTo("a lab");
        assertThat(results.getFirst().path("suppressions").isMissingNode()).isTrue();
    }

    @Test
    void what_has_no_pods_is_passed_over() throws IOException {
        LintRun run =
                LintRun.of("kind: ConfigMap\nmetadata: {name: c}\ndata: {x: '{{ y }}'}\n---\n---\nkind: Odd\nfoo: 1\n");
        assertThat(run.code()).isZero();
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).isEqualTo("lastcall: 0 findings in 0 pod templates of 2 objects\n");
        assertThat(LintRun.of("").code()).isZero();
    }

    @Test
    void pools_behind_one_service_and_one_budget_are_counted_together() throws IOException {
        String pool = """
                ---
                kind: Deployment
                metadata: {name: %s}
                spec:
                  replicas: 1
                  selector: {matchLabels: {app: chat, pool: %s}}
                  template:
                    metadata: {labels: {app: chat, pool: %s, lastcall.dev/engine: vllm, lastcall.dev/rotation: in}}
                    spec:
                      enableServiceLinks: false
                      containers: [{name: e, command: [vllm, serve, %s, --shutdown-timeout, "10"]}]
                """;
        String around = """
                kind: Service
                metadata: {name: chat}
                spec: {selector: {app: chat, lastcall.dev/rotation: in}}
                ---
                kind: PodDisruptionBudget
                metadata: {name: chat}
                spec: {minAvailable: 1, unhealthyPodEvictionPolicy: AlwaysAllow, selector: {matchLabels: {app: chat}}}
                """;
        String spot = pool.formatted("spot", "spot", "spot", "m");
        String steady = pool.formatted("steady", "steady", "steady", "m");
        assertThat(LintRun.findings(around + spot + steady, "--window=30s")).isEmpty();
        assertThat(LintRun.findings(around + spot, "--window=30s"))
                .containsExactly("spot:budget_blocks", "spot:single_replica@30s");
        // A pool that may be scaled to nothing, and one with another model, stand in for nobody.
        String none =
                "---\nkind: ScaledObject\nmetadata: {name: s}\nspec: {scaleTargetRef: {name: steady}, minReplicaCount: 0}\n";
        assertThat(LintRun.findings(around + spot + steady + none, "--window=30s"))
                .contains("spot:budget_blocks", "spot:single_replica@30s");
        assertThat(LintRun.findings(
                        around + spot + pool.formatted("steady", "steady", "steady", "other"), "--window=30s"))
                .containsExactly("spot:single_replica@30s", "steady:single_replica@30s");
    }

    @Test
    void where_an_operator_makes_the_service_the_remedy_is_the_readiness_gate() throws IOException {
        String kserve = """
                kind: InferenceService
                metadata: {name: q}
                spec:
                  predictor:
                    minReplicas: 2
                    %s
                    containers: [{name: e, command: [vllm, serve, m, --shutdown-timeout, "10"]}]
                """;
        LintRun run = LintRun.of(kserve.formatted("enableServiceLinks: false"));
        assertThat(run.out())
                .contains("no_rotation")
                .contains("readinessGates: [{conditionType: lastcall.dev/in-rotation}]")
                .doesNotContain("to the selector of");
        assertThat(LintRun.findings(kserve.formatted("readinessGates: [{conditionType: lastcall.dev/in-rotation}]")))
                .isEmpty();
    }
}
