package dev.lastcall.bench.mass;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.engine.VllmProgram;
import dev.lastcall.support.kubelet.ScriptedKubelet;
import dev.lastcall.support.metadata.FakeImds;
import dev.lastcall.support.process.Started;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Workloads;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Nodes with an agent and a pod each, all of one Deployment, and spare nodes for what comes after them. */
final class DoomedFleet implements AutoCloseable {
    static final String APP = "llm";

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ControlPlane plane;
    private final String pool;
    private final String namespace;
    private final VllmProgram engines = new VllmProgram();
    private final Started open = new Started();
    private final List<ScriptedKubelet> nodes = new ArrayList<>();
    private final List<FakeImds> services = new ArrayList<>();

    DoomedFleet(ControlPlane plane, String pool) {
        this.plane = plane;
        this.pool = pool;
        this.namespace = plane.newNamespace(pool);
        controlPlaneFirst();
    }

    /**
     * In a cluster the control plane has machines of its own. Here fifty agents would leave it so little of two cores that the API server answers after 20 s.
     * Only root may do this; without it the figures say more about the machine than about the agents.
     */
    private static void controlPlaneFirst() {
        List<String> threads = ProcessHandle.current()
                .children()
                .filter(child -> child.info()
                        .command()
                        .filter(path -> path.endsWith("/etcd") || path.contains("/kube-"))
                        .isPresent())
                .flatMap(child -> threads(child.pid()))
                .toList();
        List<String> command = new ArrayList<>(List.of("renice", "-n", "-15", "-p"));
        command.addAll(threads);
        try {
            int code = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
            if (code != 0) {
                System.err.println("bench: the control plane has no priority over the agents (renice needs root)");
            }
        } catch (IOException noRenice) {
            System.err.println("bench: the control plane has no priority over the agents: " + noRenice.getMessage());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** Those that a thread starts later inherit its priority. */
    private static Stream<String> threads(long process) {
        String[] threads =
                Path.of("/proc", Long.toString(process), "task").toFile().list();
        return threads == null ? Stream.empty() : Stream.of(threads);
    }

    String namespace() {
        return namespace;
    }

    /** A pod on each node, Ready; a budget that lets most of them go at once. */
    void serve(int size, Duration coldStart, int maxUnavailable) {
        for (int i = 0; i < size; i++) {
            nodes.add(open.keep(node("doomed-" + i)));
        }
        Workloads workloads = new Workloads(plane.client(), namespace, pool);
        workloads.serving(
                APP,
                size,
                RotationRule.LABEL,
                30,
                "vllm",
                "serve",
                "tiny",
                "--lastcall-startup-ms=" + coldStart.toMillis());
        workloads.budget(APP, maxUnavailable);
        await("every pod is Ready").atMost(PATIENCE).until(() -> ready() == size);
        for (int i = 0; i < size / 5 + 1; i++) {
            open.keep(node("spare-" + i));
        }
    }

    /** An agent on each node, at default settings but for {@code lastcall.serving.keep-in-rotation}. */
    void agents(String keepInRotation) throws IOException, InterruptedException {
        List<AgentProcess> started = new ArrayList<>();
        for (ScriptedKubelet node : nodes) {
            FakeImds imds = open.keep(new FakeImds());
            services.add(imds);
            started.add(open.keep(AgentProcess.builder()
                    .polite()
                    .kubeconfig(plane.kubeconfigFor(ControlPlane.AGENT))
                    .config("lastcall.node-name", node.nodeName())
                    .config("lastcall.notice.aws.endpoint", imds.url())
                    .config("lastcall.gpu.library", "libnvidia-ml-absent.so.1")
                    .config("lastcall.serving.keep-in-rotation", keepInRotation)
                    .start()));
        }
        await("every agent is ready")
                .atMost(PATIENCE)
                .until(() -> started.stream().allMatch(DoomedFleet::isReady));
    }

    private static boolean isReady(AgentProcess agent) {
        try {
            return agent.get("/health/ready").statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** A notice for each node, spread evenly; each machine is cut at its deadline. Returns when the last is. */
    void interrupt(Duration spread, Duration window) {
        Instant first = Instant.now();
        List<Instant> deadlines = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            Instant due = first.plus(spread.multipliedBy(i).dividedBy(nodes.size()));
            reached(due);
            deadlines.add(services.get(i).announce("terminate", window));
        }
        for (int i = 0; i < nodes.size(); i++) {
            reached(deadlines.get(i));
            nodes.get(i).powerOff();
        }
    }

    private static void reached(Instant moment) {
        await("a moment of the plan")
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .atMost(PATIENCE)
                .until(() -> !Instant.now().isBefore(moment));
    }

    /** What the agents left on their Nodes. */
    List<JsonNode> reports() {
        return nodes.stream().map(this::report).flatMap(Optional::stream).toList();
    }

    private Optional<JsonNode> report(ScriptedKubelet node) {
        String text = plane.client()
                .nodes()
                .withName(node.nodeName())
                .require()
                .getMetadata()
                .getAnnotations()
                .get("lastcall.dev/last-report");
        try {
            return text == null ? Optional.empty() : Optional.of(JSON.readTree(text));
        } catch (IOException broken) {
            throw new IllegalStateException("the report of " + node.nodeName() + " is no JSON: " + text, broken);
        }
    }

    private long ready() {
        return plane.client().pods().inNamespace(namespace).withLabel("app", APP).list().getItems().stream()
                .filter(DoomedFleet::isReady)
                .count();
    }

    private static boolean isReady(Pod pod) {
        return pod.getStatus().getConditions().stream()
                .anyMatch(each -> "Ready".equals(each.getType()) && "True".equals(each.getStatus()));
    }

    private ScriptedKubelet node(String name) {
        return ScriptedKubelet.on(plane, pool + "-" + name)
                .label(Workloads.POOL, pool)
                .providerId("aws:///eu-central-1a/i-" + pool + "-" + name)
                .image(Workloads.ENGINE_IMAGE, engines)
                .start();
    }

    @Override
    public void close() throws Exception {
        open.close();
    }
}
