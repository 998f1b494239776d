package dev.lastcall.support.scenario;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.engine.VllmProgram;
import dev.lastcall.support.kubelet.IdleProgram;
import dev.lastcall.support.kubelet.PodProgram;
import dev.lastcall.support.kubelet.ScriptedKubelet;
import dev.lastcall.support.kubelet.StubbornProgram;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.metadata.FakeImds;
import dev.lastcall.support.process.Started;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.router.Router;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One doomed node: a scripted kubelet, a namespace, a router, a metadata service and the packaged agent, on a control
 * plane that may be shared. Everything started is closed in reverse order.
 */
public final class Scenario implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String REPORT = "lastcall.dev/last-report";

    private final ControlPlane plane;
    private final Started open = new Started();
    private final String name;
    private final String namespace;
    private final VllmProgram engines = new VllmProgram();
    private final Map<String, PodProgram> programs;
    private final ScriptedKubelet kubelet;
    private final FakeImds imds;
    private final Workloads workloads;
    private @Nullable Router router;
    private @Nullable AgentProcess agent;

    /** A node of its own in a namespace of its own; {@code name} tells scenarios apart in output. */
    public Scenario(ControlPlane plane, String name) {
        this(plane, name, Map.of());
    }

    /** @param programs more images, or other programs for the preset ones */
    public Scenario(ControlPlane plane, String name, Map<String, PodProgram> programs) {
        this.plane = plane;
        this.name = name + "-" + UUID.randomUUID().toString().substring(0, 5);
        this.namespace = plane.newNamespace(name);
        this.imds = keep(new FakeImds());
        this.programs = Map.copyOf(programs);
        this.kubelet = keep(kubelet(this.name));
        this.workloads = new Workloads(plane.client(), namespace, this.name);
    }

    private ScriptedKubelet kubelet(String node) {
        return ScriptedKubelet.on(plane, node)
                .label(Workloads.POOL, name)
                .providerId("aws:///eu-central-1a/i-" + node)
                .image(Workloads.ENGINE_IMAGE, engines)
                .image(Workloads.IDLE_IMAGE, new IdleProgram())
                .image(Workloads.STUBBORN_IMAGE, new StubbornProgram())
                .images(programs)
                .start();
    }

    /** A second node for the replacements, with the same images; nobody watches over it. */
    public ScriptedKubelet spare() {
        return keep(kubelet(name + "-spare"));
    }

    public Router route(RotationRule rule, Duration propagation, String app) throws IOException {
        Router started = keep(Router.start(rule, propagation));
        started.watch(plane.client(), namespace, Map.of("app", app));
        router = started;
        return started;
    }

    /** Waits until the router sends to this many pods. */
    public void awaitRouted(int pods) {
        await("router sends to " + pods + " pods")
                .atMost(Duration.ofSeconds(60))
                .until(() -> router().inRotation().size() == pods);
    }

    public LoadClient load(LoadPlan plan) {
        return keep(LoadClient.start(router().address(), plan));
    }

    /** The agent with everything pointed at this scenario; {@code more} may add configuration. */
    public AgentProcess startAgent(Consumer<AgentProcess.Builder> more) throws IOException, InterruptedException {
        AgentProcess.Builder builder = agentBuilder(plane.kubeconfigFor(ControlPlane.AGENT));
        more.accept(builder);
        AgentProcess started = keep(builder.start());
        agent = started;
        await("agent is ready")
                .atMost(Duration.ofSeconds(30))
                .until(() -> started.get("/health/ready").statusCode() == 200);
        return started;
    }

    public AgentProcess startAgent() throws IOException, InterruptedException {
        return startAgent(builder -> {});
    }

    /** For a start that does not wait, or another way to the API server. */
    public AgentProcess.Builder agentBuilder(Path kubeconfig) {
        return AgentProcess.builder()
                .kubeconfig(kubeconfig)
                .config("lastcall.node-name", kubelet.nodeName())
                .config("lastcall.notice.aws.endpoint", imds.url())
                .config("lastcall.gpu.library", "libnvidia-ml-absent.so.1");
    }

    /** The spot notice; the deadline comes back. */
    public Instant interrupt(Duration window) {
        return imds.announce("terminate", window);
    }

    /** The report as the agent left it on the Node, once it is there. */
    public JsonNode awaitReport(Duration atMost) {
        await("the drain's report is on the node").atMost(atMost).until(() -> report().isPresent());
        return report().orElseThrow();
    }

    public Optional<JsonNode> report() {
        return annotation(REPORT);
    }

    /** An annotation of the Node that holds JSON. */
    public Optional<JsonNode> annotation(String key) {
        String text = node().getMetadata().getAnnotations().get(key);
        try {
            return text == null ? Optional.empty() : Optional.of(JSON.readTree(text));
        } catch (JsonProcessingException broken) {
            throw new IllegalStateException(key + " is no JSON: " + text, broken);
        }
    }

    /** The phase in the drain annotation; empty while there is none. */
    public String phase() {
        return annotation("lastcall.dev/drain")
                .map(json -> json.path("phase").asText())
                .orElse("");
    }

    public Node node() {
        return plane.client().nodes().withName(kubelet.nodeName()).get();
    }

    /**
     * Changes a Node by a strategic merge patch. It names no version, because the kubelet writes the Node all the time: a
     * change of what was read a moment ago would be refused with 409 now and then.
     */
    public void patchNode(String node, String json) {
        plane.client().nodes().withName(node).patch(PatchContext.of(PatchType.STRATEGIC_MERGE), json);
    }

    /** Closed with the scenario. */
    public <T extends AutoCloseable> T keep(T closeable) {
        return open.keep(closeable);
    }

    public KubernetesClient client() {
        return plane.client();
    }

    public ControlPlane plane() {
        return plane;
    }

    public String namespace() {
        return namespace;
    }

    public ScriptedKubelet kubelet() {
        return kubelet;
    }

    public VllmProgram engines() {
        return engines;
    }

    public FakeImds imds() {
        return imds;
    }

    public Workloads workloads() {
        return workloads;
    }

    public Router router() {
        return java.util.Objects.requireNonNull(router, "no router was started");
    }

    public AgentProcess agent() {
        return java.util.Objects.requireNonNull(agent, "no agent was started");
    }

    @Override
    public void close() throws Exception {
        open.close();
    }
}
