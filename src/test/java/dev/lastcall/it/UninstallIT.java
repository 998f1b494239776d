package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.kubelet.ScriptedKubelet;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Taint;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The lines of docs/UNINSTALL.md, run as they stand there against a real API server, after an agent was killed in the middle
 * of a drain: every mark of ours goes, and nothing of anybody else's.
 */
class UninstallIT {

    private static final Pattern LINES = Pattern.compile("(?s)<!-- uninstall -->\n```sh\n(.*?)```");
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final Path KUBECTL = Stream.of("/usr/bin/kubectl", "/usr/local/bin/kubectl")
            .map(Path::of)
            .filter(Files::isExecutable)
            .findFirst()
            .orElse(Path.of("kubectl"));

    @BeforeAll
    static void kubectl() {
        String skipped = "skipped: no kubectl in /usr/bin or /usr/local/bin";
        if (!Files.isExecutable(KUBECTL)) {
            System.out.println(skipped);
        }
        assumeTrue(Files.isExecutable(KUBECTL), skipped);
    }

    @Test
    void the_documented_lines_take_off_every_mark_of_a_killed_agent_and_nothing_else() throws Exception {
        try (ControlPlane plane = ControlPlane.start();
                Scenario doomed = new Scenario(plane, "uninstall")) {
            ScriptedKubelet spare = doomed.spare();
            doomed.patchNode(spare.nodeName(), "{\"spec\":{\"unschedulable\":true}}");
            doomed.patchNode(doomed.kubelet().nodeName(), """
                    {"metadata": {"annotations": {"example.com/foreign": "yes"}},
                     "spec": {"taints": [{"key": "example.com/foreign", "value": "yes", "effect": "PreferNoSchedule"}]}}
                    """);
            // Pods that no budget lets go stay where they are, withdrawn, until their force point.
            doomed.workloads().serving("labelled", 1, RotationRule.LABEL, 20, "vllm", "serve", "tiny");
            doomed.workloads().serving("gated", 1, RotationRule.READY, 20, "vllm", "serve", "tiny");
            doomed.workloads().budget("labelled", 0);
            doomed.workloads().budget("gated", 0);
            await("a pod runs")
                    .atMost(LIMIT)
                    .until(() -> doomed.workloads().pods("labelled").stream().anyMatch(UninstallIT::ready));
            AgentProcess agent = doomed.startAgent(builder -> builder.config("lastcall.serving.keep-in-rotation", "0")
                    .config("lastcall.drain.autoscaler-taint", "true"));
            await("the gate is opened").atMost(LIMIT).until(() -> ready(pod(doomed, "gated")));
            Node before = doomed.node();
            Map<String, String> labels = pod(doomed, "labelled").getMetadata().getLabels();

            doomed.interrupt(Duration.ofSeconds(600));
            await("both are out of their routers")
                    .atMost(LIMIT)
                    .until(() -> "out"
                                    .equals(pod(doomed, "labelled")
                                            .getMetadata()
                                            .getLabels()
                                            .get("lastcall.dev/rotation"))
                            && gate(pod(doomed, "gated")).equals(Optional.of("False")));
            agent.kill9();
            assertThat(marks(doomed.node())).as("marks before").hasSizeGreaterThanOrEqualTo(4);
            assertThat(doomed.node().getSpec().getUnschedulable()).isTrue();
            String said = run(documented(), plane.kubeconfig());

            System.out.println(said);
            Node after = doomed.node();
            assertThat(marks(after)).as("marks left on the node").isEmpty();
            assertThat(after.getSpec().getUnschedulable()).isNotEqualTo(Boolean.TRUE);
            assertThat(after.getMetadata().getLabels())
                    .isEqualTo(before.getMetadata().getLabels());
            assertThat(after.getMetadata().getAnnotations()).containsEntry("example.com/foreign", "yes");
            assertThat(after.getSpec().getTaints())
                    .extracting(Taint::getKey)
                    .contains("example.com/foreign")
                    .noneMatch(key -> key.contains("lastcall"));
            assertThat(doomed.client()
                            .nodes()
                            .withName(spare.nodeName())
                            .get()
                            .getSpec()
                            .getUnschedulable())
                    .as("a person's cordon")
                    .isTrue();
            Pod labelled = pod(doomed, "labelled");
            assertThat(labelled.getMetadata().getLabels()).isEqualTo(labels);
            assertThat(gate(pod(doomed, "gated"))).contains("True");
            for (Pod pod : List.of(labelled, pod(doomed, "gated"))) {
                assertThat(pod.getMetadata().getAnnotations().keySet())
                        .noneMatch(key -> key.startsWith("lastcall.dev/")
                                || key.equals("aibrix.ai/draining")
                                || key.equals("controller.kubernetes.io/pod-deletion-cost"));
            }
            assertThat(run(documented(), plane.kubeconfig()))
                    .as("a second time there is nothing to do")
                    .doesNotContain("uncordoned", "untainted", "patched", "error");
        }
    }

    private static String documented() throws Exception {
        Matcher lines = LINES.matcher(Files.readString(Path.of("docs/UNINSTALL.md")));
        assertThat(lines.find()).as("the lines stand in docs/UNINSTALL.md").isTrue();
        return lines.group(1);
    }

    private static String run(String script, Path kubeconfig) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("sh", "-euc", script).redirectErrorStream(true);
        builder.environment().put("KUBECONFIG", kubeconfig.toString());
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    private static Pod pod(Scenario scenario, String app) {
        return scenario.workloads().pods(app).getFirst();
    }

    private static boolean ready(Pod pod) {
        return pod.getStatus().getConditions().stream()
                .anyMatch(each ->
                        each.getType().equals("Ready") && each.getStatus().equals("True"));
    }

    private static Optional<String> gate(Pod pod) {
        return pod.getStatus().getConditions().stream()
                .filter(each -> each.getType().equals("lastcall.dev/in-rotation"))
                .map(each -> each.getStatus())
                .findFirst();
    }

    /** Whatever of a node has to do with us. */
    private static List<String> marks(Node node) {
        return Stream.of(
                        node.getMetadata().getAnnotations().keySet().stream(),
                        node.getMetadata().getLabels().entrySet().stream().map(Object::toString),
                        node.getSpec().getTaints().stream().map(Taint::getKey))
                .flatMap(each -> each)
                .filter(each -> each.contains("lastcall.dev/")
                        || each.endsWith("=lastcall")
                        || each.endsWith(".kubernetes.io/lastcall"))
                .toList();
    }
}
