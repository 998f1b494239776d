package dev.lastcall.dashboards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lastcall.support.chart.ToolRun;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.kubelet.IdleProgram;
import dev.lastcall.support.kubelet.ScriptedKubelet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every kubectl line of docs/RUNBOOKS.md, as it stands there, by the real kubectl on a real API server: at three in the morning a line
 * that was never run is worth nothing. The words in capitals are filled in. A line that asks what is not here (a kubelet's logs, a
 * pod's port, another product's kind) has to get as far as that.
 */
class RunbookCommandsIT {

    private static final String IMAGE = "lastcall.test/idle";
    private static final Pattern BLOCK = Pattern.compile("(?s)```\n(.*?)```");
    private static final Pattern SPAN = Pattern.compile("`(kubectl [^`]*)`");

    /** What a line may end with here, because the testbed lacks it. */
    private static final Map<String, String> LACKING = Map.of(
            " logs ", "proxy error|dial tcp|no preferred addresses|previous terminated container",
            "/proxy/", "the server is currently unable|address not allowed|ServiceUnavailable|error trying to reach",
            "port-forward", "pod is not running|upgrade|proxy error|dial tcp|no preferred addresses|unable to",
            " top ", "Metrics API not available",
            "nodeclaims", "the server doesn't have a resource type \"nodeclaims\"");

    @TempDir
    Path cache;

    @Test
    void every_kubectl_line_of_the_runbooks_runs() throws IOException {
        String skipped = "skipped: no kubectl or no jq on the PATH";
        if (!ToolRun.onPath("kubectl") || !ToolRun.onPath("jq")) {
            System.out.println(skipped);
        }
        assumeTrue(ToolRun.onPath("kubectl") && ToolRun.onPath("jq"), skipped);
        String page = Files.readString(Path.of("docs/RUNBOOKS.md"));
        try (ControlPlane plane = ControlPlane.start();
                ScriptedKubelet node = ScriptedKubelet.on(plane, "the-node")
                        .image(IMAGE, new IdleProgram())
                        .start()) {
            assertThat(node.nodeName()).isEqualTo("the-node");
            succeeds(plane, "kubectl apply -f - <<'END'\n" + objects() + "END");
            await("the pods run")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> succeeds(plane, "kubectl get pods -A --field-selector status.phase=Running -o name")
                                    .lines()
                                    .count()
                            == 2);
            String variables = variables(page);
            assertThat(succeeds(plane, variables + "\necho $AGENT")).startsWith("lastcall-");
            List<String> lines = lines(page);
            assertThat(lines).hasSizeGreaterThan(35);
            for (String line : lines) {
                runs(plane, variables, line);
            }
        }
    }

    private void runs(ControlPlane plane, String variables, String line) {
        String filled =
                line.replace("NAMESPACE", "llm").replace("POD", "chat-0").replaceAll("(?<![$A-Z])NODE\\b", "the-node");
        ToolRun run = run(plane, variables + "\ntimeout 60 " + filled);
        String lacking = LACKING.entrySet().stream()
                .filter(each -> line.contains(each.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse("");
        if (lacking.isEmpty()) {
            assertThat(run.code()).as(filled + "\n" + run.all()).isZero();
        } else if (run.code() != 0) {
            assertThat(run.err()).as(filled).containsPattern(lacking);
        }
    }

    /** The first block of the page. */
    private static String variables(String page) {
        return BLOCK.matcher(page).results().findFirst().orElseThrow().group(1);
    }

    /** In the order of the page, those that change something last. */
    private static List<String> lines(String page) {
        List<String> lines = new ArrayList<>();
        BLOCK.matcher(page)
                .results()
                .flatMap(block -> block.group(1).lines())
                .filter(line -> line.startsWith("kubectl "))
                .forEach(lines::add);
        SPAN.matcher(page)
                .results()
                .map(span -> span.group(1))
                // The name of a command in a sentence.
                .filter(line -> line.split(" ").length > 2)
                .forEach(lines::add);
        lines.sort(Comparator.comparing(line -> line.startsWith("kubectl drain")));
        return lines;
    }

    private String succeeds(ControlPlane plane, String script) {
        ToolRun run = run(plane, script);
        assertThat(run.code()).as(script + "\n" + run.all()).isZero();
        return run.out().strip();
    }

    private ToolRun run(ControlPlane plane, String script) {
        Map<String, String> environment = new HashMap<>();
        environment.put("KUBECONFIG", plane.kubeconfig().toString());
        environment.put("KUBECACHEDIR", cache.toString());
        // No pipefail: grep finds nothing in the logs of an agent that is well.
        return ToolRun.of(List.of("bash", "-uc", script), environment);
    }

    private static String objects() {
        return """
                apiVersion: v1
                kind: Namespace
                metadata: {name: lastcall}
                ---
                apiVersion: v1
                kind: Namespace
                metadata: {name: llm}
                ---
                apiVersion: v1
                kind: ServiceAccount
                metadata: {name: lastcall, namespace: lastcall}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRoleBinding
                metadata: {name: runbooks}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
                subjects: [{kind: ServiceAccount, name: lastcall, namespace: lastcall}]
                ---
                apiVersion: v1
                kind: ResourceQuota
                metadata: {name: gpus, namespace: llm}
                spec: {hard: {requests.nvidia.com/gpu: 1}}
                ---
                apiVersion: apps/v1
                kind: DaemonSet
                metadata: {name: lastcall, namespace: lastcall}
                spec:
                  selector: {matchLabels: {app.kubernetes.io/name: lastcall}}
                  template:
                    metadata: {labels: {app.kubernetes.io/name: lastcall}}
                    spec: {terminationGracePeriodSeconds: 1, containers: [{name: agent, image: lastcall.test/idle}]}
                ---
                apiVersion: apps/v1
                kind: StatefulSet
                metadata: {name: chat, namespace: llm}
                spec:
                  serviceName: chat
                  selector: {matchLabels: {app: chat}}
                  template:
                    metadata: {labels: {app: chat}}
                    spec: {terminationGracePeriodSeconds: 1, containers: [{name: main, image: lastcall.test/idle}]}
                """;
    }
}
